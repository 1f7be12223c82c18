// The scheduler's book of modules and the workers' fetchers, joined by a network that loses,
// doubles and reorders what they say, while clients and workers leave: every module that is wanted
// settles, with the right bytes or a reason.

#include <algorithm>
#include <catch2/catch.hpp>
#include <scheduler/server/modules.hpp>
#include <tartan/base/random.hpp>
#include <worker/server/modules.hpp>

using namespace tartan;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kModules = 3;
constexpr std::uint32_t kClients = 3;
constexpr std::uint32_t kWorkers = 3;

class Net {
 public:
  explicit Net(std::uint64_t seed) : random_(seed) {
    for (std::size_t i = 0; i < kModules; ++i) {
      contents_.push_back(Buffer::copy(std::string(200 + 150 * i, static_cast<char>('a' + i))));
      keys_.push_back(hash_bytes(contents_[i].bytes()));
    }
    fetchers_.resize(kWorkers, worker::ModuleFetcher(10'000));
    loaded_.resize(kWorkers);
    for (std::uint32_t client = 1; client <= kClients; ++client) {
      for (const Key key : keys_) book_.name(key, client, "m.so");
    }
    for (worker::ModuleFetcher& fetcher : fetchers_) {
      for (const Key key : keys_) fetcher.want(key);
    }
  }

  /// Until nothing is wanted any more, with faults for the first while.
  void run() {
    for (int step = 0; wanted() > 0; ++step) {
      REQUIRE(step < 20'000);
      faults_ = step < 400;
      now_ += std::chrono::milliseconds(random_.below(400));
      if (faults_ && random_.chance(0.01)) leave(1 + static_cast<std::uint32_t>(random_.below(4)));
      turn();
      REQUIRE(book_.nbytes() <= 1000);
    }
    for (std::uint32_t w = 0; w < kWorkers; ++w) {
      for (const Key key : keys_) {
        const bool refused = fetchers_[w].trouble(key) != nullptr;
        CHECK(refused != loaded_[w].contains(key));
        if (refused) CHECK(clients_left() == kClients);
      }
    }
  }

 private:
  static scheduler::ModuleLimits limits() {
    scheduler::ModuleLimits limits;
    limits.total_bytes = 1000;
    limits.module_bytes = 600;
    limits.piece_bytes = 60;
    return limits;
  }
  std::size_t wanted() const {
    std::size_t count = 0;
    for (const auto& fetcher : fetchers_) {
      count += static_cast<std::size_t>(
          std::count_if(keys_.begin(), keys_.end(), [&](Key key) { return fetcher.wants(key); }));
    }
    return count;
  }
  std::size_t clients_left() const { return left_.size(); }
  void leave(std::uint32_t client) {
    if (client > kClients || !left_.insert(client).second) return;
    book_.client_left(client, now_);
  }
  template <class F>
  void send(F deliver) {
    const int copies = !faults_ || random_.chance(0.7) ? 1 : random_.chance(0.5) ? 0 : 2;
    for (int i = 0; i < copies; ++i) flight_.push_back(deliver);
  }

  void turn() {
    for (std::uint32_t w = 0; w < kWorkers; ++w) {
      worker::ModuleFetcher& fetcher = fetchers_[w];
      if (now_ >= fetcher.next_deadline()) fetcher.tick(now_);
      for (const worker::ModuleOrder& order : fetcher.take_orders()) load(w, order);
      for (const auto& question : fetcher.take_questions()) {
        send([this, w, question] { book_.want(w, question, now_); });
      }
    }
    book_.tick(now_);
    const scheduler::ModuleBook::Said said = book_.take_said();
    for (const auto& [client, asked] : said.asked) {
      send([this, client = client, asked = asked] { answer(client, asked); });
    }
    for (const auto& [w, piece] : said.pieces) {
      send([this, w = w, piece = piece] { fetchers_[w].on_piece(piece, now_); });
    }
    // Some of it arrives, in any order while there are faults.
    for (std::uint64_t n = random_.below(8); n > 0 && !flight_.empty(); --n) {
      const std::size_t at = faults_ ? random_.below(flight_.size()) : 0;
      const std::function<void()> next = std::move(flight_[at]);
      flight_.erase(flight_.begin() + static_cast<long>(at));
      next();
    }
  }
  void load(std::uint32_t w, const worker::ModuleOrder& order) {
    using Outcome = worker::ModuleResult::Outcome;
    if (order.bytes) {
      REQUIRE(hash_bytes(*order.bytes) == order.module);
      loaded_[w].insert(order.module);
    }
    fetchers_[w].on_result({order.module, order.bytes ? Outcome::loaded : Outcome::absent}, now_);
  }
  void answer(std::uint32_t client, const wire::ModuleAsked& asked) {
    if (left_.contains(client)) return;
    const auto i = static_cast<std::size_t>(std::find(keys_.begin(), keys_.end(), asked.module) -
                                            keys_.begin());
    wire::ModulePart part;
    part.module = asked.module;
    part.size = contents_[i].size();
    part.offset = asked.offset;
    const std::uint64_t count = std::min<std::uint64_t>(70, part.size - asked.offset);
    part.bytes = contents_[i].slice(asked.offset, count);
    send([this, client, part] {
      if (!left_.contains(client)) book_.take(client, part, now_);
    });
  }

  Random random_;
  Time now_{100s};
  bool faults_ = true;
  std::vector<Buffer> contents_;
  std::vector<Key> keys_;
  scheduler::ModuleBook book_{limits()};
  std::vector<worker::ModuleFetcher> fetchers_;
  std::vector<std::set<Key>> loaded_;
  std::set<std::uint32_t> left_;
  std::vector<std::function<void()>> flight_;
};

}  // namespace

TEST_CASE("whatever is lost, doubled or late, a wanted module comes or is known not to") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    Net(seed).run();
  }
}
