// The state machine under thousands of random events, most of them out of place. A model of the
// store and of the threads checks what text scenarios cannot: that no task starts without its
// inputs, whatever came before.

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <tartan/base/random.hpp>
#include <worker/state/state.hpp>

using namespace tartan;
using namespace tartan::worker;

namespace {

constexpr std::uint64_t kKeys = 12;
constexpr WorkerId kSelf = 1;
constexpr Key kModules[] = {{8, 1}, {8, 2}};

class Chaos {
 public:
  explicit Chaos(std::uint64_t seed) : random_(seed), state_(config(random_)) {
    feed(event::Registered{kSelf, false});
  }

  void step() {
    now_ += std::chrono::milliseconds(random_.below(300));
    switch (random_.below(14)) {
      case 0:
      case 1:
      case 2:
        return feed(compute());
      case 3:
        return feed(event::Retract{attempts()});
      case 4:
        return feed(event::Cancel{attempts()});
      case 5:
        return feed(event::Free{keys()});
      case 6:
        return feed(acquire());
      case 7:
        return feed(holders());
      case 8:
      case 9:
        return finish();
      case 10:
      case 11:
        return fetched();
      case 12:
        return rare();
      default:
        return feed(event::Tick{});
    }
  }

  /// Ends what can end: every thread, every fetch; every missing key is put. Then nothing waits.
  void drain() {
    for (int round = 0; round < 1000; ++round) {
      for (const Key module : kModules) feed(event::ModuleSettled{module});
      while (!running_.empty()) finish();
      while (!requests_.empty()) deliver(requests_.begin()->first, true);
      for (std::uint64_t k = 0; k < kKeys; ++k) {
        if (!state_.holds(key(k))) feed(event::Put{{key(k)}, {8}});
      }
      if (running_.empty() && requests_.empty()) return;
    }
    FAIL("work never ends");
  }

  State& state() { return state_; }

 private:
  static StateConfig config(Random& random) {
    StateConfig config;
    config.nthreads = 1 + static_cast<std::uint32_t>(random.below(3));
    config.resources = {{"gpu", 2}};
    config.batch_bytes = 100;
    config.incoming_bytes = 200;
    return config;
  }
  static Key key(std::uint64_t k) { return Key{7, k + 1}; }
  Key any_key() { return key(random_.below(kKeys)); }
  WorkerId any_worker() {
    std::uint64_t n = random_.below(6);
    return n == 5 ? kNoWorker : static_cast<WorkerId>(n);
  }
  std::vector<Key> keys() {
    std::vector<Key> all(1 + random_.below(4));
    for (Key& k : all) k = any_key();
    return all;
  }
  std::vector<AttemptId> attempts() {
    std::vector<AttemptId> all(1 + random_.below(3));
    for (AttemptId& id : all) id = any_attempt();
    return all;
  }
  /// Task k makes key k; its attempts count up, with late and repeated ones among them.
  AttemptId any_attempt() { return random_.below(kKeys) | random_.below(20) << 32; }

  event::Compute compute() {
    event::Compute event;
    std::uint64_t count = 1 + random_.below(3);
    for (std::uint64_t i = 0; i < count; ++i) {
      TaskSpec spec;
      spec.attempt = any_attempt();
      std::uint64_t made = spec.attempt & 0xFFFFFFFF;
      spec.key = key(made);
      spec.priority = random_.below(5);
      if (random_.chance(0.2)) {
        spec.resources = std::make_shared<const Resources>(
            Resources{{"gpu", static_cast<double>(1 + random_.below(2))}});
      }
      if (random_.chance(0.1)) spec.module = kModules[random_.below(2)];
      std::uint64_t deps = made == 0 ? 0 : random_.below(4);
      for (std::uint64_t d = 0; d < deps; ++d) {
        bool inlined = random_.chance(0.1);
        spec.dependencies.push_back(
            {key(random_.below(made)), random_.below(150), any_worker(), inlined});
      }
      bool repeated = std::any_of(event.tasks.begin(), event.tasks.end(),
                                  [&](const TaskSpec& t) { return t.attempt == spec.attempt; });
      if (!repeated && !state_.find(spec.attempt)) inputs_[spec.attempt] = spec.dependencies;
      event.tasks.push_back(std::move(spec));
    }
    return event;
  }
  event::Acquire acquire() {
    event::Acquire event;
    event.keys = keys();
    for (std::size_t i = 0; i < event.keys.size(); ++i) {
      event.nbytes.push_back(random_.below(300));
      event.holders.push_back(any_worker());
    }
    return event;
  }
  event::NewHolders holders() {
    event::NewHolders event;
    event.keys = keys();
    for (std::size_t i = 0; i < event.keys.size(); ++i) event.holders.push_back(any_worker());
    return event;
  }
  void finish() {
    if (running_.empty()) return feed(event::Finished{any_attempt(), 8, Duration(1000)});
    auto chosen = std::next(running_.begin(), static_cast<long>(random_.below(running_.size())));
    AttemptId attempt = *chosen;
    running_.erase(chosen);
    if (random_.chance(0.15)) {
      feed(event::Failed{attempt, {}});
    } else {
      feed(event::Finished{attempt, random_.below(100), Duration(random_.below(1'000'000'000))});
    }
  }
  void fetched() {
    if (requests_.empty()) return feed(event::Fetched{random_.below(50), keys(), {8, 8, 8, 8}, {}});
    auto chosen = std::next(requests_.begin(), static_cast<long>(random_.below(requests_.size())));
    deliver(chosen->first, random_.chance(0.7));
  }
  void deliver(std::uint64_t request, bool all) {
    event::Fetched event;
    event.request = request;
    for (Key k : requests_.at(request)) {
      if (all || random_.chance(0.5)) {
        event.keys.push_back(k);
        event.nbytes.push_back(8);
      } else if (random_.chance(0.5)) {
        event.missing.push_back(k);
      }
    }
    requests_.erase(request);
    feed(std::move(event));
  }
  void rare() {
    switch (random_.below(6)) {
      case 0:
        return feed(event::Registered{kSelf, true});
      case 1:
        return feed(event::Report{});
      case 2:
        return feed(event::Put{{any_key()}, {8}});
      case 3:
        return feed(event::ModuleSettled{kModules[random_.below(2)]});
      default:
        return feed(event::PeerGone{any_worker()});
    }
  }

  void feed(event::Any what) {
    Event event{++stimulus_, std::move(what)};
    std::string text = to_string(event);
    if (auto* gone = std::get_if<event::PeerGone>(&event.what)) {
      std::erase_if(requests_, [&](const auto& r) { return peers_.at(r.first) == gone->peer; });
    }
    Actions actions;
    state_.handle(std::move(event), now_, actions);
    for (const action::Any& action : actions) check(action);
    std::string broken = state_.validate();
    if (!broken.empty()) FAIL(broken << " after " << text);
  }

  void check(const action::Any& action) {
    if (auto* keep = std::get_if<action::Keep>(&action)) store_.insert(keep->key);
    if (auto* drop = std::get_if<action::Drop>(&action)) REQUIRE(store_.erase(drop->key) == 1);
    if (auto* fetch = std::get_if<action::Fetch>(&action)) {
      REQUIRE(fetch->peer != kSelf);
      for (const auto& [number, peer] : peers_) {
        REQUIRE_FALSE((peer == fetch->peer && requests_.contains(number)));
      }
      requests_[fetch->request] = fetch->keys;
      peers_[fetch->request] = fetch->peer;
    }
    if (auto* start = std::get_if<action::Start>(&action)) {
      REQUIRE(running_.insert(start->attempt).second);
      for (const Dependency& input : inputs_.at(start->attempt)) {
        REQUIRE((input.inlined || store_.contains(input.key)));
      }
    }
  }

  Random random_;
  State state_;
  Time now_{};
  std::uint64_t stimulus_ = 0;
  std::set<Key> store_;
  std::set<AttemptId> running_;
  std::map<AttemptId, std::vector<Dependency>> inputs_;
  std::map<std::uint64_t, std::vector<Key>> requests_;
  std::map<std::uint64_t, WorkerId> peers_;
};

}  // namespace

TEST_CASE("no order of events breaks an invariant or starts a task without its inputs") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    Chaos chaos(seed);
    for (int i = 0; i < 500; ++i) chaos.step();
  }
}

TEST_CASE("whatever happened, all tasks end once their inputs come") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    Chaos chaos(seed);
    for (int i = 0; i < 300; ++i) chaos.step();
    chaos.drain();
    CHECK(chaos.state().task_count() == 0);
  }
}

TEST_CASE("the story of an attempt tells its transitions") {
  State state({.nthreads = 1});
  Actions actions;
  TaskSpec spec;
  spec.attempt = 5;
  spec.key = Key{1, 2};
  state.handle({1, event::Compute{{spec}}}, Time{}, actions);
  state.handle({2, event::Finished{5, 8, Duration(1)}}, Time{}, actions);
  CHECK(state.story(5) == "#1 released -> ready\n#1 ready -> executing\n#2 executing -> memory\n");
  CHECK(state.story(6).empty());
}
