// The machine behind locks, queues and the like, by itself: every event is followed by validate().

#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>
#include <scheduler/coordination/coordination.hpp>
#include <tartan/base/random.hpp>

namespace {

using namespace tartan;
using namespace tartan::scheduler;
using namespace std::chrono_literals;
using wire::Operation;

constexpr ClientId kAnn = 1;
constexpr ClientId kBob = 2;
constexpr ClientId kCat = 3;

Buffer text(std::string_view value) { return Buffer::copy(value); }

/// The machine with three clients, and what each was told.
struct Table {
  explicit Table(CoordinationConfig config = {})
      : machine([&] {
          config.validate = true;
          return config;
        }()) {
    for (const ClientId client : {kAnn, kBob, kCat}) join(client);
  }

  void join(ClientId client) { handle(ClientJoined{0, client, "c" + std::to_string(client)}); }
  void handle(CoordinationEvent event) {
    for (const CoordinationAction& action : machine.handle(std::move(event), now)) {
      if (const auto* answer = std::get_if<AnswerShared>(&action)) {
        said[{answer->client, answer->reply->request}].push_back(*answer->reply);
      } else if (const auto* hold = std::get_if<HoldShared>(&action)) {
        for (const Key& key : hold->keys) REQUIRE(held.insert(key).second);
      } else if (const auto* release = std::get_if<ReleaseShared>(&action)) {
        for (const Key& key : release->keys) REQUIRE(held.erase(key) == 1);
      }
    }
  }
  void ask(ClientId client, wire::Coordinate question) {
    asked[{client, question.request}] = question;
    handle(Asked{0, client, std::move(question)});
  }
  void repeat(ClientId client, std::uint64_t request) {
    handle(Asked{0, client, asked.at({client, request})});
  }
  void acknowledge(ClientId client, std::uint64_t request) {
    handle(Acknowledged{0, client, {request}});
  }
  void withdraw(ClientId client, std::uint64_t request) {
    handle(Withdrawn{0, client, {request + 1000, request}});
  }
  void leave(ClientId client) { handle(ClientLeft{0, client}); }
  void pass(Duration time) {
    now += time;
    if (now >= machine.next_deadline()) handle(Tick{});
  }

  std::size_t answers(ClientId client, std::uint64_t request) {
    return said[{client, request}].size();
  }
  const wire::Coordinated& answer(ClientId client, std::uint64_t request) {
    REQUIRE(answers(client, request) > 0);
    return said[{client, request}].back();
  }
  bool done(ClientId client, std::uint64_t request) {
    return answers(client, request) > 0 && answer(client, request).code == 0;
  }
  std::optional<Errc> error(ClientId client, std::uint64_t request) {
    if (answers(client, request) == 0 || answer(client, request).code == 0) return std::nullopt;
    return static_cast<Errc>(answer(client, request).code);
  }
  /// The values in an answer, as text.
  std::vector<std::string> values(ClientId client, std::uint64_t request) {
    std::vector<std::string> result;
    const wire::Coordinated& reply = answer(client, request);
    for (std::size_t i = 0; i < reply.values.size(); ++i) {
      const auto bytes = reply.values[i];
      result.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    return result;
  }
  bool nothing_kept() {
    return machine.bytes() == 0 && machine.keys() == 0 && held.empty() && machine.locks().empty() &&
           machine.semaphores().empty() && machine.events().empty() && machine.queues().empty() &&
           machine.variables().empty() && machine.datasets().empty();
  }

  Coordination machine;
  Time now = Time{} + 1h;
  std::map<std::pair<ClientId, std::uint64_t>, std::vector<wire::Coordinated>> said;
  std::map<std::pair<ClientId, std::uint64_t>, wire::Coordinate> asked;
  std::set<Key> held;
};

using Strings = std::vector<std::string>;

wire::Coordinate question(std::uint64_t request, wire::Operation operation, std::string name = "x") {
  wire::Coordinate result;
  result.request = request;
  result.operation = operation;
  result.name = std::move(name);
  return result;
}
wire::Coordinate lock(std::uint64_t request) { return question(request, wire::Operation::lock); }
wire::Coordinate unlock(std::uint64_t request, std::uint64_t acquisition) {
  auto result = question(request, wire::Operation::unlock);
  result.acquisition = acquisition;
  return result;
}
wire::Coordinate acquire(std::uint64_t request, std::uint64_t amount, std::uint64_t limit) {
  auto result = question(request, wire::Operation::acquire);
  result.amount = amount;
  result.limit = limit;
  return result;
}
wire::Coordinate release(std::uint64_t request, std::uint64_t acquisition, std::uint64_t amount) {
  auto result = question(request, wire::Operation::release);
  result.acquisition = acquisition;
  result.amount = amount;
  return result;
}
wire::Coordinate put(std::uint64_t request, std::string_view value, std::uint64_t maxsize = 0) {
  auto result = question(request, wire::Operation::queue_put);
  result.value = text(value);
  result.limit = maxsize;
  return result;
}
wire::Coordinate get(std::uint64_t request, std::uint64_t most = 1) {
  auto result = question(request, wire::Operation::queue_get);
  result.amount = most;
  return result;
}
wire::Coordinate within(wire::Coordinate asked, Duration timeout) {
  asked.timeout_ns = timeout.count();
  return asked;
}
wire::Coordinate of(wire::Coordinate asked, std::vector<Key> keys) {
  asked.value = {};
  asked.keys = std::move(keys);
  return asked;
}

}  // namespace

// ---- locks and semaphores ---------------------------------------------------------------------

TEST_CASE("a lock is held by one request at a time, first come, first served") {
  Table t;
  t.ask(kAnn, lock(1));
  t.ask(kBob, lock(1));
  t.ask(kAnn, lock(2));
  t.ask(kCat, lock(1));
  CHECK(t.done(kAnn, 1));
  CHECK(t.answers(kBob, 1) == 0);
  t.ask(kAnn, unlock(3, 1));
  CHECK(t.done(kBob, 1));
  CHECK(t.answers(kAnn, 2) == 0);
  t.ask(kBob, unlock(2, 1));
  CHECK(t.done(kAnn, 2));
  CHECK(t.answers(kCat, 1) == 0);
}

TEST_CASE("only the request that acquired a lock gives it back, and once") {
  Table t;
  t.ask(kAnn, lock(1));
  t.ask(kBob, unlock(1, 1));
  CHECK(t.error(kBob, 1) == Errc::refused);
  t.ask(kAnn, unlock(2, 7));
  CHECK(t.error(kAnn, 2) == Errc::refused);
  t.ask(kAnn, unlock(3, 1));
  CHECK(t.done(kAnn, 3));
  t.ask(kAnn, unlock(4, 1));
  CHECK(t.error(kAnn, 4) == Errc::refused);
}

TEST_CASE("a lock's question repeated after the lock was released does not acquire it again") {
  Table t;
  t.ask(kAnn, lock(1));
  t.acknowledge(kAnn, 1);
  t.ask(kAnn, unlock(2, 1));
  t.acknowledge(kAnn, 2);
  t.repeat(kAnn, 1);
  CHECK(t.answers(kAnn, 1) == 1);
  CHECK(t.machine.locks().empty());
}

TEST_CASE("a question repeated before its answer was read gets the same answer again") {
  Table t;
  t.ask(kAnn, lock(1));
  t.repeat(kAnn, 1);
  CHECK(t.answers(kAnn, 1) == 2);
  t.ask(kBob, lock(1));
  t.repeat(kBob, 1);
  t.repeat(kBob, 1);
  CHECK(t.answers(kBob, 1) == 0);
  t.ask(kAnn, unlock(2, 1));
  t.repeat(kAnn, 2);
  CHECK(t.answers(kBob, 1) == 1);
  CHECK(t.done(kAnn, 2));
}

TEST_CASE(
    "a client that leaves gives back its lock, granted or about to be, and its place in line") {
  Table t;
  const bool read = GENERATE(true, false);
  t.ask(kAnn, lock(1));
  if (read) t.acknowledge(kAnn, 1);
  t.ask(kBob, lock(1));
  t.ask(kCat, lock(1));
  t.leave(kBob);
  CHECK(t.answers(kCat, 1) == 0);
  t.leave(kAnn);
  CHECK(t.done(kCat, 1));
  CHECK(t.machine.locks().at("x").holders.size() == 1);
}

TEST_CASE("a withdrawn wait is out of the line, and a withdrawn grant is given back") {
  Table t;
  t.ask(kAnn, lock(1));
  t.ask(kBob, lock(1));
  t.ask(kCat, lock(1));
  t.withdraw(kBob, 1);
  CHECK(t.done(kBob, 1001));
  t.withdraw(kAnn, 1);
  CHECK(t.done(kCat, 1));
  CHECK(t.answers(kBob, 1) == 0);
  // A withdrawal that overtook its question.
  t.withdraw(kBob, 5);
  t.ask(kBob, lock(5));
  CHECK(t.answers(kBob, 5) == 0);
  CHECK(t.machine.locks().at("x").line.empty());
}

TEST_CASE("a withdrawal after the answer was read takes nothing back") {
  Table t;
  t.ask(kAnn, lock(1));
  t.acknowledge(kAnn, 1);
  t.withdraw(kAnn, 1);
  CHECK(t.machine.locks().at("x").holders.size() == 1);
}

TEST_CASE("a wait with a time-out ends when it is over, or at once when it is zero") {
  Table t;
  t.ask(kAnn, lock(1));
  t.ask(kBob, within(lock(1), 100ms));
  t.ask(kCat, within(lock(1), 0ms));
  CHECK(t.error(kCat, 1) == Errc::timeout);
  t.pass(99ms);
  CHECK(t.answers(kBob, 1) == 0);
  t.pass(1ms);
  CHECK(t.error(kBob, 1) == Errc::timeout);
  t.ask(kAnn, unlock(2, 1));
  CHECK(t.machine.locks().empty());
  t.ask(kCat, within(lock(2), 0ms));
  CHECK(t.done(kCat, 2));
}

TEST_CASE(
    "a semaphore gives out its leases and no more, and small requests do not pass large ones") {
  Table t;
  t.ask(kAnn, acquire(1, 2, 3));
  t.ask(kBob, acquire(1, 2, 3));
  t.ask(kCat, acquire(1, 1, 3));
  CHECK(t.done(kAnn, 1));
  CHECK(t.answers(kBob, 1) == 0);
  CHECK(t.answers(kCat, 1) == 0);
  t.ask(kAnn, release(2, 1, 1));
  CHECK(t.done(kBob, 1));
  CHECK(t.answers(kCat, 1) == 0);
  t.ask(kAnn, release(3, 1, 1));
  CHECK(t.done(kCat, 1));
  t.ask(kAnn, release(4, 1, 1));
  CHECK(t.error(kAnn, 4) == Errc::refused);
}

TEST_CASE("when a large request leaves the line, the small ones behind it are served") {
  Table t;
  t.ask(kAnn, acquire(1, 1, 2));
  t.ask(kBob, within(acquire(1, 2, 2), 10ms));
  t.ask(kCat, acquire(1, 1, 2));
  CHECK(t.answers(kCat, 1) == 0);
  t.pass(10ms);
  CHECK(t.done(kCat, 1));
}

TEST_CASE("a semaphore's number of leases must agree, and an impossible request is refused") {
  Table t;
  t.ask(kAnn, acquire(1, 1, 3));
  t.ask(kBob, acquire(1, 1, 4));
  CHECK(t.error(kBob, 1) == Errc::invalid_argument);
  CHECK_THAT(t.answer(kBob, 1).message, Catch::Contains("has 3 leases, not 4"));
  t.ask(kBob, acquire(2, 4, 3));
  CHECK(t.error(kBob, 2) == Errc::invalid_argument);
  t.ask(kBob, acquire(3, 0, 3));
  CHECK(t.error(kBob, 3) == Errc::invalid_argument);
}

// ---- events -----------------------------------------------------------------------------------

TEST_CASE("an event wakes all who wait for it and stays set, whoever leaves, until it is cleared") {
  Table t;
  t.ask(kBob, question(1, wire::Operation::event_wait));
  t.ask(kCat, within(question(1, wire::Operation::event_wait), 10ms));
  t.pass(10ms);
  CHECK(t.error(kCat, 1) == Errc::timeout);
  t.ask(kAnn, question(1, wire::Operation::event_set));
  CHECK(t.done(kBob, 1));
  t.leave(kAnn);
  t.ask(kCat, question(2, wire::Operation::event_wait));
  CHECK(t.done(kCat, 2));
  t.ask(kCat, question(3, wire::Operation::event_is_set));
  CHECK(t.answer(kCat, 3).number == 1);
  t.ask(kCat, question(4, wire::Operation::event_clear));
  t.ask(kCat, question(5, wire::Operation::event_is_set));
  CHECK(t.answer(kCat, 5).number == 0);
  t.ask(kCat, question(6, wire::Operation::event_wait));
  t.leave(kCat);
  CHECK(t.machine.events().empty());
}

// ---- queues -----------------------------------------------------------------------------------

TEST_CASE("a queue gives items in the order they were put, to getters in the order they came") {
  Table t;
  t.ask(kBob, get(1));
  t.ask(kCat, get(1));
  t.ask(kAnn, put(1, "a"));
  t.ask(kAnn, put(2, "b"));
  t.ask(kAnn, put(3, "c"));
  CHECK(t.values(kBob, 1) == Strings{"a"});
  CHECK(t.values(kCat, 1) == Strings{"b"});
  t.ask(kCat, question(2, wire::Operation::queue_size));
  CHECK(t.answer(kCat, 2).number == 1);
}

TEST_CASE("a full queue makes putters wait, and lets them in as items are taken") {
  Table t;
  t.ask(kAnn, put(1, "a", 1));
  t.ask(kAnn, put(2, "b", 1));
  t.ask(kBob, within(put(1, "never", 1), 0ms));
  CHECK(t.error(kBob, 1) == Errc::timeout);
  CHECK(t.answers(kAnn, 2) == 0);
  t.ask(kCat, get(1));
  CHECK(t.values(kCat, 1) == Strings{"a"});
  CHECK(t.done(kAnn, 2));
  t.ask(kBob, put(2, "c", 5));
  CHECK(t.error(kBob, 2) == Errc::invalid_argument);
}

TEST_CASE("a put that comes twice puts one item") {
  Table t;
  t.ask(kAnn, put(1, "a"));
  t.repeat(kAnn, 1);
  t.acknowledge(kAnn, 1);
  t.repeat(kAnn, 1);
  CHECK(t.machine.queues().at("x").items.size() == 1);
}

TEST_CASE("a batch takes what is there, up to the number asked for") {
  Table t;
  for (std::uint64_t i = 1; i <= 3; ++i) t.ask(kAnn, put(i, std::string(1, char('a' + i))));
  t.ask(kBob, get(1, 2));
  CHECK(t.values(kBob, 1) == Strings{"b", "c"});
  t.ask(kBob, get(2, 2));
  CHECK(t.values(kBob, 2) == Strings{"d"});
}

TEST_CASE("items whose getter left before it had read them are at the head again, in order") {
  Table t;
  for (std::uint64_t i = 1; i <= 4; ++i) t.ask(kAnn, put(i, std::string(1, char('0' + i))));
  t.ask(kBob, get(1));
  t.ask(kBob, get(2, 2));
  t.ask(kBob, get(3));
  t.acknowledge(kBob, 1);
  t.leave(kBob);
  t.ask(kCat, get(1, 9));
  CHECK(t.values(kCat, 1) == Strings{"2", "3", "4"});
}

TEST_CASE("an item that goes back is given to the next in line") {
  Table t;
  t.ask(kBob, get(1));
  t.ask(kCat, get(1));
  t.ask(kAnn, put(1, "a"));
  CHECK(t.answers(kCat, 1) == 0);
  const bool leaves = GENERATE(true, false);
  if (leaves) {
    t.leave(kBob);
  } else {
    t.withdraw(kBob, 1);
  }
  CHECK(t.values(kCat, 1) == Strings{"a"});
}

TEST_CASE("what a client has put stays when it leaves, what it was waiting to put does not") {
  Table t;
  t.ask(kAnn, put(1, "a", 1));
  t.ask(kAnn, put(2, "b", 1));
  t.leave(kAnn);
  t.ask(kBob, get(1, 9));
  CHECK(t.values(kBob, 1) == Strings{"a"});
  t.acknowledge(kBob, 1);
  CHECK(t.nothing_kept());
}

TEST_CASE("a queue holds its futures until their getter has acknowledged them") {
  Table t;
  const Key one{1, 1};
  const Key two{2, 2};
  t.ask(kAnn, of(put(1, ""), {one}));
  t.ask(kAnn, of(put(2, ""), {two}));
  CHECK(t.held == std::set<Key>{one, two});
  t.leave(kAnn);
  t.ask(kBob, get(1, 9));
  CHECK(t.answer(kBob, 1).keys == std::vector<Key>{one, two});
  CHECK(t.held.size() == 2);
  t.acknowledge(kBob, 1);
  CHECK(t.nothing_kept());
}

TEST_CASE("a future in two places is held until it is in none") {
  Table t;
  const Key key{1, 1};
  t.ask(kAnn, of(put(1, ""), {key}));
  auto set = of(question(2, wire::Operation::variable_set), {key});
  t.ask(kAnn, set);
  t.ask(kBob, get(1));
  t.acknowledge(kBob, 1);
  CHECK(t.held.size() == 1);
  t.ask(kAnn, question(3, wire::Operation::variable_remove));
  CHECK(t.nothing_kept());
}

// ---- variables and datasets -------------------------------------------------------------------

TEST_CASE("a variable is waited for until it is set, and keeps its last value") {
  Table t;
  t.ask(kBob, question(1, wire::Operation::variable_get));
  t.ask(kCat, within(question(1, wire::Operation::variable_get), 0ms));
  CHECK(t.error(kCat, 1) == Errc::timeout);
  auto set = question(1, wire::Operation::variable_set);
  set.value = text("a");
  t.ask(kAnn, set);
  CHECK(t.values(kBob, 1) == Strings{"a"});
  set.request = 2;
  set.value = text("b");
  t.ask(kAnn, set);
  t.leave(kAnn);
  t.ask(kBob, question(2, wire::Operation::variable_get));
  CHECK(t.values(kBob, 2) == Strings{"b"});
  t.ask(kBob, question(3, wire::Operation::variable_remove));
  t.ask(kBob, within(question(4, wire::Operation::variable_get), 0ms));
  CHECK(t.error(kBob, 4) == Errc::timeout);
}

TEST_CASE("a future read from a variable outlives the variable until its reader has it") {
  Table t;
  const Key key{1, 1};
  t.ask(kAnn, of(question(1, wire::Operation::variable_set), {key}));
  t.ask(kBob, question(1, wire::Operation::variable_get));
  t.ask(kAnn, question(2, wire::Operation::variable_remove));
  CHECK(t.held.contains(key));
  SECTION("it acknowledges") { t.acknowledge(kBob, 1); }
  SECTION("it leaves") { t.leave(kBob); }
  SECTION("it withdraws") { t.withdraw(kBob, 1); }
  CHECK(t.nothing_kept());
}

TEST_CASE("a dataset outlives its publisher; its name is taken until it is unpublished") {
  Table t;
  const Key key{1, 1};
  const Key other{2, 2};
  t.ask(kAnn, of(question(1, wire::Operation::dataset_publish), {key}));
  t.leave(kAnn);
  t.ask(kBob, of(question(1, wire::Operation::dataset_publish), {other}));
  CHECK(t.error(kBob, 1) == Errc::refused);
  t.ask(kBob, question(2, wire::Operation::dataset_get));
  CHECK(t.answer(kBob, 2).keys == std::vector<Key>{key});
  t.acknowledge(kBob, 2);
  auto replace = of(question(3, wire::Operation::dataset_publish), {other});
  replace.amount = 1;
  t.ask(kBob, replace);
  CHECK(t.held == std::set<Key>{other});
  t.ask(kBob, question(4, wire::Operation::dataset_list));
  CHECK(t.answer(kBob, 4).names == Strings{"x"});
  t.ask(kBob, question(5, wire::Operation::dataset_unpublish));
  CHECK(t.nothing_kept());
  t.ask(kBob, question(6, wire::Operation::dataset_unpublish));
  CHECK(t.error(kBob, 6) == Errc::invalid_argument);
}

// ---- topics -----------------------------------------------------------------------------------

namespace {

wire::Coordinate event(std::uint64_t request, std::string_view value) {
  auto result = question(request, wire::Operation::topic_log);
  result.amount = request;
  result.value = text(value);
  return result;
}
wire::Coordinate follow(std::uint64_t request, std::uint64_t from) {
  auto result = question(request, wire::Operation::topic_follow);
  result.amount = from;
  return result;
}

}  // namespace

TEST_CASE("a topic's followers get every event from where they began") {
  Table t;
  t.ask(kAnn, event(1, "before"));
  t.ask(kBob, follow(1, 0));
  const std::uint64_t next = t.answer(kBob, 1).number;
  t.ask(kBob, follow(2, next));
  CHECK(t.answers(kBob, 2) == 0);
  t.ask(kAnn, event(2, "a"));
  CHECK(t.values(kBob, 2) == Strings{"a"});
  t.ask(kAnn, event(3, "b"));
  t.ask(kAnn, event(4, "c"));
  t.ask(kBob, follow(3, t.answer(kBob, 2).number));
  CHECK(t.values(kBob, 3) == Strings{"b", "c"});
  t.ask(kCat, question(1, wire::Operation::topic_read));
  CHECK(t.values(kCat, 1) == Strings{"before", "a", "b", "c"});
  CHECK(t.answer(kCat, 1).times_ns == std::vector<std::uint64_t>{1, 2, 3, 4});
}

TEST_CASE("a topic keeps so many events and so many bytes, the last ones") {
  CoordinationConfig config;
  config.topic_entries = 3;
  config.topic_bytes = 10;
  Table t(config);
  for (std::uint64_t i = 1; i <= 5; ++i) t.ask(kAnn, event(i, std::to_string(i)));
  t.ask(kBob, question(1, wire::Operation::topic_read));
  CHECK(t.values(kBob, 1) == Strings{"3", "4", "5"});
  t.ask(kAnn, event(6, "123456789"));
  t.ask(kBob, question(2, wire::Operation::topic_read));
  CHECK(t.values(kBob, 2) == Strings{"5", "123456789"});
  CHECK(t.answer(kBob, 2).number == 7);
}

// ---- bounds and losses ------------------------------------------------------------------------

TEST_CASE("every bound has an error, and what is over it is not kept") {
  CoordinationConfig config;
  config.value_bytes = 10;
  config.total_bytes = 150;
  config.names = 2;
  config.requests = 3;
  config.keys = 2;
  Table t(config);
  t.ask(kAnn, put(1, "12345678901"));
  CHECK(t.error(kAnn, 1) == Errc::limit_exceeded);
  CHECK_THAT(t.answer(kAnn, 1).message, Catch::Contains("scatter it and pass the future"));
  t.ask(kAnn, of(put(2, ""), {Key{1, 1}, Key{1, 2}, Key{1, 3}}));
  CHECK(t.error(kAnn, 2) == Errc::limit_exceeded);
  t.acknowledge(kAnn, 1);
  t.acknowledge(kAnn, 2);
  t.ask(kAnn, put(3, "1234567890"));
  t.ask(kAnn, put(4, "1234567890"));
  t.acknowledge(kAnn, 3);
  t.acknowledge(kAnn, 4);
  t.ask(kAnn, put(5, "1234567890"));
  CHECK(t.error(kAnn, 5) == Errc::limit_exceeded);
  t.ask(kBob, question(1, wire::Operation::event_wait, "second"));
  t.ask(kBob, question(2, wire::Operation::event_wait, "third"));
  CHECK(t.error(kBob, 2) == Errc::limit_exceeded);
  t.ask(kBob, question(3, wire::Operation::event_wait, "second"));
  t.ask(kBob, question(4, wire::Operation::event_wait, "second"));
  t.ask(kBob, question(5, wire::Operation::event_wait, "second"));
  CHECK(t.error(kBob, 5) == Errc::limit_exceeded);
  t.ask(kCat, question(1, wire::Operation::event_set, std::string(257, 'n')));
  CHECK(t.error(kCat, 1) == Errc::invalid_argument);
  t.ask(kCat, question(2, wire::Operation::event_set, ""));
  CHECK(t.error(kCat, 2) == Errc::invalid_argument);
  t.ask(kCat, question(3, static_cast<Operation>(200)));
  CHECK(t.error(kCat, 3) == Errc::version_mismatch);
}

TEST_CASE("giving back is not refused for want of room") {
  CoordinationConfig config;
  config.requests = 1;
  Table t(config);
  t.ask(kAnn, lock(1));
  t.acknowledge(kAnn, 1);
  t.ask(kAnn, question(2, wire::Operation::event_wait));
  t.ask(kAnn, question(3, wire::Operation::event_wait));
  t.ask(kAnn, unlock(4, 1));
  CHECK(t.done(kAnn, 4));
}

TEST_CASE("an answer that is not acknowledged is said again, less and less often") {
  Table t;
  t.ask(kAnn, lock(1));
  for (int i = 0; i < 15; ++i) {
    t.pass(1s);
    t.handle(ClientBeat{0, kAnn});
  }
  CHECK(t.answers(kAnn, 1) == 4);  // at 0, 2, 6 and 14 s
  t.acknowledge(kAnn, 1);
  t.pass(1h);
  t.handle(ClientBeat{0, kAnn});
  CHECK(t.answers(kAnn, 1) == 4);
}

TEST_CASE("nothing below the number that a client is done with is done again") {
  Table t;
  auto late = lock(50);
  late.done_below = 50;
  t.ask(kAnn, late);
  t.ask(kAnn, lock(49));
  CHECK(t.answers(kAnn, 49) == 0);
  CHECK(t.machine.locks().at("x").line.empty());
}

TEST_CASE("numbers that are done are remembered in runs") {
  Numbers numbers;
  Random random(3);
  std::set<std::uint64_t> plain;
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t number = random.below(500);
    numbers.add(number);
    plain.insert(number);
    if (i == 1000) {
      numbers.add_below(100);
      for (std::uint64_t n = 0; n < 100; ++n) plain.insert(n);
    }
    const std::uint64_t probe = random.below(520);
    REQUIRE(numbers.contains(probe) == plain.contains(probe));
  }
  CHECK(numbers.runs() < 20);
}

// ---- everything at once -----------------------------------------------------------------------

namespace {

/// A client as it should be: it repeats questions, acknowledges, withdraws and dies, all at random.
struct Chaos {
  explicit Chaos(std::uint64_t seed) : random(seed) {}

  void step() {
    const ClientId client = 1 + static_cast<ClientId>(random.below(4));
    const std::uint64_t recent = next[client] > 12 ? next[client] - 12 : 0;
    const std::uint64_t old = recent + random.below(12);
    const std::uint64_t dice = random.below(100);
    if (dice < 50) {
      table.ask(client, any(++next[client]));
    } else if (dice < 60) {
      if (table.asked.contains({client, old})) table.repeat(client, old);
    } else if (dice < 85) {
      if (table.answers(client, old) > 0) table.acknowledge(client, old);
    } else if (dice < 92) {
      table.withdraw(client, old);
    } else if (dice < 94) {
      table.leave(client);
      std::erase_if(table.asked, [&](const auto& entry) { return entry.first.first == client; });
      std::erase_if(table.said, [&](const auto& entry) { return entry.first.first == client; });
      next[client] = 0;
      table.join(client);
    } else {
      table.pass(std::chrono::milliseconds(random.below(300)));
      table.handle(ClientBeat{0, client});
    }
  }

  wire::Coordinate any(std::uint64_t request) {
    wire::Coordinate result;
    result.request = request;
    result.operation = static_cast<Operation>(1 + random.below(22));
    result.name = std::string(1, static_cast<char>('a' + random.below(2)));
    result.limit = result.operation == wire::Operation::acquire ? 3 : random.below(2) * 2;
    result.amount = random.below(4);
    result.acquisition = request - random.below(std::min<std::uint64_t>(request, 10));
    result.timeout_ns =
        random.chance(0.3) ? -1 : static_cast<std::int64_t>(random.below(200'000'000));
    if (random.chance(0.7)) result.value = text("value");
    if (random.chance(0.5)) result.keys = {Key{1, random.below(3)}};
    return result;
  }

  Random random;
  Table table;
  std::map<ClientId, std::uint64_t> next;
};

}  // namespace

TEST_CASE("random clients that repeat, withdraw and die leave the invariants whole") {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Chaos chaos(seed);
    chaos.table.join(4);
    for (int i = 0; i < 2000; ++i) chaos.step();
    for (ClientId client = 1; client <= 4; ++client) chaos.table.leave(client);
    CHECK(chaos.table.machine.locks().empty());
    CHECK(chaos.table.machine.semaphores().empty());
  }
}
