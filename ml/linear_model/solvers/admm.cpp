#include <cmath>
#include <ml/base/pass.hpp>
#include <ml/linear_model/solvers/solve.hpp>

namespace tartan::ml {
namespace linear {

/// What stays with a block: its own parameters and its running disagreement.
struct Opinion {
  Vector params;  ///< empty before the first round
  Vector dual;

  static constexpr std::string_view kCodec = "tartan::ml::linear::Opinion";
  static void fields(auto& self, auto&& field) { field(self.params, self.dual); }
};

/// What a round tells every block.
struct Round {
  Losses losses;
  Settings settings;  ///< of the blocks' fits
  Vector agreed;
  Vector pull;  ///< towards it, per parameter

  static constexpr std::string_view kCodec = "tartan::ml::linear::Round";
  static void fields(auto& self, auto&& field) {
    field(self.losses, self.settings, self.agreed, self.pull);
  }
};

}  // namespace linear

namespace tasks {

using linear::Opinion;
using linear::Round;
using linear::Vector;

Opinion admm_first(const Chunk&, const Round& round) {
  return {round.agreed, Vector(round.agreed.size(), 0.0)};
}

Opinion admm_round(const Chunk& x, const Chunk& y, const Chunk& weights, const Opinion& before,
                   const Round& round) {
  Opinion opinion = before;
  Vector centre = round.agreed;
  for (std::size_t i = 0; i < centre.size(); ++i) {
    opinion.dual[i] += opinion.params[i] - round.agreed[i];
    centre[i] -= opinion.dual[i];
  }
  linear::BlockLoss losses(x, y, weights, round.losses);
  linear::Objective objective(losses, round.settings.scale, round.pull, centre);
  opinion.params = linear::lbfgs(objective, {}, opinion.params, round.settings).params;
  return opinion;
}

/// What the block votes for.
Vector admm_vote(const Opinion& opinion) {
  Vector vote = opinion.params;
  for (std::size_t i = 0; i < vote.size(); ++i) vote[i] += opinion.dual[i];
  return vote;
}

Vector admm_votes(const std::vector<Vector>& parts) {
  Vector sum = parts.front();
  for (std::size_t part = 1; part < parts.size(); ++part) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += parts[part][i];
  }
  return sum;
}

}  // namespace tasks

namespace linear {

Fit admm(const Rows& rows, const Losses& losses, const Vector& l1, Vector start,
         const Settings& settings) {
  PassLoss all(rows, losses);
  Objective objective(all, settings.scale, ridge_pull(losses, settings.l2), Vector(start.size()));
  const Vector pull = ridge_pull(losses, settings.l2);
  const double blocks = static_cast<double>(rows.x.num_chunks());
  Round round{losses, settings, std::move(start), {}};
  // As strong as a block's own curvature: then neither the blocks nor their mean prevail.
  Sums sums = objective.at(round.agreed, true);
  round.pull = positive(sums.curvature);
  for (double& each : round.pull) each /= blocks;
  round.settings.tol = settings.tol / blocks / 10;
  round.settings.max_iter = 50;
  const std::int64_t bytes = 64 + 32 * static_cast<std::int64_t>(round.agreed.size());
  PerBlock<Opinion> opinions = per_block<&tasks::admm_first>("admm-first", bytes, rows.x, round);
  Fit fit;
  while (fit.n_iter < settings.max_iter) {
    if (largest(pseudo_gradient(round.agreed, sums.gradient, l1)) <= settings.tol) break;
    opinions = per_block<&tasks::admm_round>("admm-round", bytes, rows.x, rows.y, rows.weight,
                                             opinions, round);
    const Vector votes = reduce_rows<&tasks::admm_vote, &tasks::admm_votes>("admm-votes", opinions);
    for (std::size_t i = 0; i < votes.size(); ++i) {
      const double weight = blocks * round.pull[i] + pull[i];
      const double mean = round.pull[i] * votes[i] / weight;
      round.agreed[i] = l1.empty() ? mean : soft_threshold(mean, l1[i] / weight);
    }
    ++fit.n_iter;
    sums = objective.at(round.agreed);
  }
  fit.params = std::move(round.agreed);
  return fit;
}

}  // namespace linear
}  // namespace tartan::ml
