#include <cmath>
#include <ml/datasets/generate.hpp>
#include <numeric>
#include <set>

namespace tartan::ml {

/// Features are informative, redundant, repeated and noise before `order` mixes them.
struct ClassificationPlan {
  std::uint64_t seed = 0;
  std::int64_t informative = 0;
  std::int64_t redundant = 0;
  std::int64_t classes = 0;
  double flip = 0;
  std::vector<double> reached;         ///< sums of the clusters' probabilities
  std::vector<double> centers;         ///< clusters x informative
  std::vector<double> mixing;          ///< clusters x informative x informative
  std::vector<double> combinations;    ///< informative x redundant
  std::vector<std::int64_t> repeated;  ///< the feature each repeats
  std::vector<std::int64_t> order;     ///< where each feature stands
  std::vector<double> shift, scale;    ///< per feature

  static constexpr std::string_view kCodec = "tartan::ml::ClassificationPlan";
  static void fields(auto& self, auto&& field) {
    field(self.seed, self.informative, self.redundant, self.classes, self.flip, self.reached,
          self.centers, self.mixing, self.combinations, self.repeated, self.order, self.shift,
          self.scale);
  }
};

namespace {

struct Drawn {
  std::size_t cluster = 0;
  std::int64_t label = 0;
};

Drawn draw(const ClassificationPlan& plan, std::int64_t row) {
  Random random = row_random(plan.seed, row);
  const auto place = std::upper_bound(plan.reached.begin(), plan.reached.end(), random.uniform());
  Drawn drawn;
  drawn.cluster =
      std::min(static_cast<std::size_t>(place - plan.reached.begin()), plan.reached.size() - 1);
  drawn.label = static_cast<std::int64_t>(drawn.cluster) % plan.classes;
  if (random.uniform() < plan.flip) {
    drawn.label = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(plan.classes)));
  }
  return drawn;
}

/// From standard normal numbers, in place.
void make_row(const ClassificationPlan& plan, std::size_t cluster, std::vector<double>& row,
              const double* normal) {
  const auto informative = static_cast<std::size_t>(plan.informative);
  const auto redundant = static_cast<std::size_t>(plan.redundant);
  const double* mixing = plan.mixing.data() + cluster * informative * informative;
  const double* center = plan.centers.data() + cluster * informative;
  std::copy(normal, normal + row.size(), row.begin());
  for (std::size_t j = 0; j < informative; ++j) {
    double sum = center[j];
    for (std::size_t k = 0; k < informative; ++k) sum += normal[k] * mixing[k * informative + j];
    row[j] = sum;
  }
  for (std::size_t j = 0; j < redundant; ++j) {
    double sum = 0;
    for (std::size_t k = 0; k < informative; ++k)
      sum += row[k] * plan.combinations[k * redundant + j];
    row[informative + j] = sum;
  }
  for (std::size_t j = 0; j < plan.repeated.size(); ++j) {
    row[informative + redundant + j] = row[static_cast<std::size_t>(plan.repeated[j])];
  }
}

}  // namespace

namespace tasks {

Chunk classification_rows(const ClassificationPlan& plan, std::int64_t first, std::int64_t rows) {
  const auto features = static_cast<std::int64_t>(plan.order.size());
  const Chunk normal = normal_rows(plan.seed, Stream::features, first, rows, features);
  MutableChunk result(DType::float64, {rows, features});
  double* out = result.view<double>().data();
  std::vector<double> row(plan.order.size());
  for (std::int64_t i = 0; i < rows; ++i, out += features) {
    make_row(plan, draw(plan, first + i).cluster, row, normal.view<double>().data() + i * features);
    for (std::size_t j = 0; j < row.size(); ++j) {
      out[plan.order[j]] = (row[j] + plan.shift[j]) * plan.scale[j];
    }
  }
  return std::move(result).freeze();
}

Chunk classification_labels(const ClassificationPlan& plan, std::int64_t first, std::int64_t rows) {
  MutableChunk result(DType::int64, {rows});
  const auto out = result.view<std::int64_t>();
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = draw(plan, first + static_cast<std::int64_t>(i)).label;
  }
  return std::move(result).freeze();
}

}  // namespace tasks

namespace {

void check(const ClassificationParams& params) {
  check_counts("make_classification", params.n_samples, params.chunk_rows, params.flip_y);
  const auto refuse = [](const std::string& what) {
    throw ValueError("make_classification: " + what);
  };
  if (params.n_informative < 1 || params.n_redundant < 0 || params.n_repeated < 0 ||
      params.n_classes < 1 || params.n_clusters_per_class < 1) {
    refuse(
        "n_informative, n_classes and n_clusters_per_class must be at least 1, n_redundant and "
        "n_repeated not below 0");
  }
  if (params.n_informative + params.n_redundant + params.n_repeated > params.n_features) {
    refuse(fmt::format("{} informative, {} redundant and {} repeated features are more than {}",
                       params.n_informative, params.n_redundant, params.n_repeated,
                       params.n_features));
  }
  const double clusters =
      static_cast<double>(params.n_classes) * static_cast<double>(params.n_clusters_per_class);
  if (std::log2(clusters) > static_cast<double>(params.n_informative)) {
    refuse(
        fmt::format("{} classes of {} clusters need more corners than {} informative features "
                    "have",
                    params.n_classes, params.n_clusters_per_class, params.n_informative));
  }
  const auto given = static_cast<std::int64_t>(params.weights.size());
  if (given != 0 && given != params.n_classes && given != params.n_classes - 1) {
    refuse(fmt::format("there are {} weights of {} classes", given, params.n_classes));
  }
}

std::vector<double> reached(const ClassificationParams& params) {
  const auto classes = static_cast<std::size_t>(params.n_classes);
  std::vector<double> weights = params.weights;
  if (weights.empty()) weights.assign(classes, 1.0);
  if (weights.size() + 1 == classes) {
    weights.push_back(1 - std::accumulate(weights.begin(), weights.end(), 0.0));
  }
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0) *
                       static_cast<double>(params.n_clusters_per_class);
  std::vector<double> sums;
  double sum = 0;
  for (std::size_t k = 0; k < classes * static_cast<std::size_t>(params.n_clusters_per_class);
       ++k) {
    sum += weights[k % classes] / total;
    sums.push_back(sum);
  }
  return sums;
}

/// Different corners of the hypercube with the side 2, around 0.
std::vector<double> corners(std::size_t count, std::size_t dimensions, Random& random) {
  std::set<std::vector<bool>> taken;
  std::vector<double> result;
  while (taken.size() < count) {
    std::vector<bool> corner(dimensions);
    for (std::size_t j = 0; j < dimensions; ++j) corner[j] = random.below(2) == 1;
    if (!taken.insert(corner).second) continue;
    for (const bool side : corner) result.push_back(side ? 1.0 : -1.0);
  }
  return result;
}

std::vector<double> uniform(std::size_t count, double low, double high, Random& random) {
  std::vector<double> values(count);
  for (double& value : values) value = low + (high - low) * random.uniform();
  return values;
}

std::vector<double> per_feature(std::size_t features, const std::optional<double>& given,
                                double low, double high, Random& random) {
  return given ? std::vector<double>(features, *given) : uniform(features, low, high, random);
}

ClassificationPlan plan_of(const ClassificationParams& params) {
  check(params);
  Random random(params.random_state);
  const auto informative = static_cast<std::size_t>(params.n_informative);
  const auto redundant = static_cast<std::size_t>(params.n_redundant);
  const auto features = static_cast<std::size_t>(params.n_features);
  ClassificationPlan plan;
  plan.seed = params.random_state;
  plan.informative = params.n_informative;
  plan.redundant = params.n_redundant;
  plan.classes = params.n_classes;
  plan.flip = params.flip_y;
  plan.reached = reached(params);
  const std::size_t clusters = plan.reached.size();
  plan.centers = corners(clusters, informative, random);
  const std::vector<double> of_cluster =
      params.hypercube ? std::vector<double>(clusters, 1.0) : uniform(clusters, 0, 1, random);
  const std::vector<double> of_feature =
      params.hypercube ? std::vector<double>(informative, 1.0) : uniform(informative, 0, 1, random);
  for (std::size_t i = 0; i < plan.centers.size(); ++i) {
    plan.centers[i] *= params.class_sep * of_cluster[i / informative] * of_feature[i % informative];
  }
  plan.mixing = uniform(clusters * informative * informative, -1, 1, random);
  plan.combinations = uniform(informative * redundant, -1, 1, random);
  for (std::int64_t j = 0; j < params.n_repeated; ++j) {
    plan.repeated.push_back(static_cast<std::int64_t>(random.below(informative + redundant)));
  }
  plan.shift = per_feature(features, params.shift, -params.class_sep, params.class_sep, random);
  plan.scale = per_feature(features, params.scale, 1, 101, random);
  plan.order.resize(features);
  std::iota(plan.order.begin(), plan.order.end(), std::int64_t{0});
  for (std::size_t i = features; params.shuffle && i > 1; --i) {
    std::swap(plan.order[i - 1], plan.order[random.below(i)]);
  }
  return plan;
}

}  // namespace

Dataset make_classification(const ClassificationParams& params) {
  return in_chunks<&tasks::classification_rows, &tasks::classification_labels>(
      plan_of(params), params.n_samples, params.chunk_rows, params.n_features, 1, DType::int64);
}

}  // namespace tartan::ml
