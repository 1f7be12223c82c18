#include <algorithm>
#include <core/base/probe.hpp>
#include <fmt/format.h>
#include <tartan/base/config.hpp>
#include <worker/server/modules.hpp>

namespace tartan::worker {

namespace {
constexpr Duration kPatience{std::chrono::seconds(2)};
constexpr Duration kMostPatience{std::chrono::seconds(16)};
/// Questions without an answer before a module is given up: two minutes.
constexpr int kAsked = 10;
/// The same while the scheduler has not said a word of modules since the last was given up, or each
/// task that needs one would wait that long.
constexpr int kAskedBriefly = 3;
/// Times a module may arrive damaged before it is given up.
constexpr int kDamaged = 3;
}  // namespace

void ModuleFetcher::want(Key module) {
  if (unusable_.contains(module) || !wanted_.emplace(module, Phase::looking).second) return;
  orders_.push_back({module, nullptr});
}

const Error* ModuleFetcher::trouble(Key module) const {
  const auto found = troubles_.find(module);
  return found == troubles_.end() ? unusable(module) : &found->second;
}

const Error* ModuleFetcher::unusable(Key module) const {
  const auto found = unusable_.find(module);
  return found == unusable_.end() ? nullptr : &found->second;
}

void ModuleFetcher::on_result(const ModuleResult& result, Time now) {
  const auto found = wanted_.find(result.module);
  if (found == wanted_.end()) return;
  switch (result.outcome) {
    case ModuleResult::Outcome::loaded:
      settle(result.module, std::nullopt);
      return;
    case ModuleResult::Outcome::absent:
      if (found->second != Phase::looking) return;
      found->second = Phase::queued;
      queue_.push_back(result.module);
      start_next(now);
      return;
    case ModuleResult::Outcome::unusable:
      unusable_.insert_or_assign(result.module, result.why);
      settle(result.module, result.why);
      return;
    case ModuleResult::Outcome::failed:
      settle(result.module, result.why);
      return;
  }
}

void ModuleFetcher::start_next(Time now) {
  if (fetch_ || queue_.empty()) return;
  fetch_ = Fetch{};
  fetch_->module = queue_.front();
  fetch_->bytes = std::make_shared<std::vector<std::byte>>();
  queue_.pop_front();
  wanted_[fetch_->module] = Phase::fetching;
  fetch_->patience = kPatience;
  ask(now);
}

void ModuleFetcher::ask(Time now) {
  fetch_->asked = now;
  questions_.push_back({fetch_->module, fetch_->bytes->size()});
}

void ModuleFetcher::on_piece(const wire::ModulePiece& piece, Time now) {
  ignored_ = false;
  if (!fetch_ || piece.module != fetch_->module) return;
  if (!piece.refused.empty()) {
    give_up(Errc::unknown_function, piece.refused, now);
    return;
  }
  if (piece.size > most_) {
    give_up(Errc::limit_exceeded,
            fmt::format("the module has {}, but at most {} are fetched", format_bytes(piece.size),
                        format_bytes(most_)),
            now);
    return;
  }
  if (!piece.bytes.empty() && !fits(piece)) {
    TARTAN_PROBE("worker: a piece of a module came twice");
    return;
  }
  fetch_->in_vain = 0;
  fetch_->waited = {};
  if (piece.bytes.empty()) return;
  std::vector<std::byte>& bytes = *fetch_->bytes;
  const auto part = piece.bytes.bytes();
  if (bytes.empty()) bytes.reserve(piece.size);
  fetch_->size = piece.size;
  fetch_->patience = kPatience;
  bytes.insert(bytes.end(), part.begin(), part.end());
  if (bytes.size() < piece.size) {
    ask(now);
  } else {
    finish(now);
  }
}

bool ModuleFetcher::fits(const wire::ModulePiece& piece) const {
  const std::uint64_t have = fetch_->bytes->size();
  return piece.offset == have && piece.offset < piece.size &&
         piece.bytes.size() <= piece.size - piece.offset &&
         (have == 0 || piece.size == fetch_->size);
}

/// All of it is here.
void ModuleFetcher::finish(Time now) {
  if (hash_bytes(*fetch_->bytes) != fetch_->module) {
    TARTAN_PROBE("worker: a module arrives damaged");
    if (++fetch_->damaged >= kDamaged) {
      give_up(Errc::malformed,
              fmt::format("the module {} arrived damaged {} times", fetch_->module.to_string(),
                          kDamaged),
              now);
      return;
    }
    fetch_->bytes->clear();
    ask(now);
    return;
  }
  wanted_[fetch_->module] = Phase::loading;
  orders_.push_back({fetch_->module, std::move(fetch_->bytes)});
  fetch_.reset();
  start_next(now);
}

void ModuleFetcher::give_up(Errc code, std::string why, Time now) {
  const Key module = fetch_->module;
  fetch_.reset();
  settle(module, Error(code, std::move(why)));
  start_next(now);
}

void ModuleFetcher::settle(Key module, std::optional<Error> why) {
  wanted_.erase(module);
  troubles_.erase(module);
  if (why) troubles_.insert_or_assign(module, std::move(*why));
  settled_.push_back(module);
}

void ModuleFetcher::tick(Time now) {
  if (!fetch_ || now - fetch_->asked < fetch_->patience) return;
  fetch_->waited += fetch_->patience;
  if (++fetch_->in_vain >= (ignored_ ? kAskedBriefly : kAsked)) {
    TARTAN_PROBE("worker: gives up a module nobody speaks of");
    ignored_ = true;
    const auto waited = std::chrono::duration_cast<std::chrono::seconds>(fetch_->waited);
    give_up(Errc::unknown_function,
            fmt::format("the module {} did not come: the scheduler was asked for it {} times, over "
                        "{} s, and never answered; see its log, and submit the task again",
                        fetch_->module.to_string(), fetch_->in_vain, waited.count()),
            now);
    return;
  }
  TARTAN_PROBE("worker: asks for a piece of a module again");
  fetch_->patience = std::min(2 * fetch_->patience, kMostPatience);
  ask(now);
}

Time ModuleFetcher::next_deadline() const {
  return fetch_ ? fetch_->asked + fetch_->patience : Time::max();
}

void ModuleFetcher::forget_wishes() {
  ignored_ = false;
  fetch_.reset();
  queue_.clear();
  // What the loader has is loaded all the same.
  std::erase_if(wanted_, [](const auto& entry) {
    return entry.second == Phase::queued || entry.second == Phase::fetching;
  });
  questions_.clear();
}

}  // namespace tartan::worker
