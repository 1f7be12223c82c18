// A node with an actor: the test is its scheduler, its callers and its threads.

#include <catch2/catch.hpp>
#include <core/wire/codec.hpp>
#include <tartan/value/actor.hpp>
#include <tartan/value/task_context.hpp>
#include <worker/server/node.hpp>
#include <worker/store/store.hpp>

using namespace tartan;
using namespace tartan::worker;

namespace node_actors_test {

struct Doubler {
  std::int64_t twice(std::int64_t x) { return 2 * x; }
};

Value make(Arguments&) {
  const Value handle = actor_handle(77, current_task()->key);
  return Value::of(
      ActorObject{std::make_shared<Doubler>(), detail::demangled(typeid(Doubler).name()), handle});
}

}  // namespace node_actors_test

using node_actors_test::Doubler;

namespace {

const Key kActor = hash_text("actor");
const Key kCaller = hash_text("caller");

struct Home {
  Home() : node(config(), hash_text("home")) {
    node.on_tick(now);
    wire::Welcome welcome;
    welcome.scheduler = hash_text("scheduler");
    welcome.worker = 3;
    welcome.name = "home";
    tell(welcome);
    tell(wire::AddFunctions{{0}, {task_function<&node_actors_test::make>().ref}});
    compute(attempt(1));
  }

  static NodeConfig config() {
    NodeConfig config;
    config.data_address = "tcp://home:1";
    return config;
  }
  static wire::AttemptId attempt(std::uint64_t counter) { return counter << 32; }
  void compute(wire::AttemptId attempt) {
    wire::ComputeTasks task;
    task.attempts = {attempt};
    task.keys = {kActor};
    task.functions = {0};
    task.priorities = {1};
    task.arguments.push_back({});
    task.dep_offsets = {0, 0};
    tell(task);
    for (const Execution& execution : last.start) node.on_executed(execute(execution), now);
    if (!last.start.empty()) last = node.take_output();
  }
  void tell(const wire::Message& message) {
    node.on_control({wire::encode(message), {}, {}}, now);
    last = node.take_output();
  }
  void call(const FunctionRef& method, std::uint64_t number) {
    ArgumentWriter arguments;
    arguments.dependency(0);
    arguments.inline_object(static_cast<std::int64_t>(number));
    wire::ActorCall call{kActor, kCaller, 0, {number}, {method}, {0}, {}, {0}};
    call.arguments.push_back(arguments.bytes());
    node.on_data(5, {wire::encode(call), {}, {}}, now);
    last = node.take_output();
  }
  /// The calls that were ordered end, with their numbers doubled.
  void run() {
    const std::vector<ActorOrder> orders = std::move(last.actors);
    for (const ActorOrder& order : orders) {
      const auto& run = std::get<ActorRun>(order);
      ActorRan ran{run.id, {}};
      if (run.method == nullptr) ran.outcome.failure = run.problem;
      ran.outcome.packed = Buffer::copy(wire::pack_value(Value::of(2 * run.id.number)));
      node.on_actor_ran(std::move(ran), now);
    }
    last = node.take_output();
  }
  wire::ActorReply reply() {
    REQUIRE(last.data.size() == 1);
    CHECK(last.data.front().to == 5);
    return std::get<wire::ActorReply>(wire::decode(last.data.front().envelope.control)->front());
  }

  Time now{std::chrono::hours(1)};
  Node node;
  Output last;
};

}  // namespace

TEST_CASE("an actor's object goes to its threads, and its handle to whoever asks for the value") {
  Home home;
  REQUIRE(home.last.actors.size() == 1);
  CHECK(std::holds_alternative<ActorCreate>(home.last.actors.front()));
  REQUIRE(home.last.control.size() == 1);
  const auto records = wire::decode(home.last.control.front().control);
  REQUIRE(records);
  const auto& finished = std::get<wire::TasksFinished>(records->front());
  const auto handle = wire::unpack_value(finished.inline_values[0]);
  REQUIRE(handle);
  CHECK(handle->type() == 77);
  CHECK(home.node.store().get(kActor)->type() == 77);
}

TEST_CASE("a call of an actor is answered to whom it came from") {
  Home home;
  home.call(actor_method<&Doubler::twice>().ref, 1);
  home.run();
  CHECK(home.reply().numbers == std::vector<std::uint64_t>{1});
  const auto reply = home.reply();
  CHECK(wire::unpack_value(reply.values[0])->get<std::uint64_t>() == 2);
}

TEST_CASE("a method that is not here, or has another signature, is an error that says so") {
  Home home;
  FunctionRef elsewhere = actor_method<&Doubler::twice>().ref;
  elsewhere.symbol = "nobody knows it";
  home.call(elsewhere, 1);
  home.run();
  REQUIRE(home.reply().failures.size() == 1);
  CHECK(home.reply().failures[0].code == Errc::unknown_function);
  CHECK_THAT(home.reply().failures[0].message, Catch::Contains("nobody knows it"));
  FunctionRef changed = actor_method<&Doubler::twice>().ref;
  changed.signature ^= 1;
  home.call(changed, 2);
  home.run();
  CHECK_THAT(home.reply().failures.at(0).message,
             Catch::Contains("has the signature int64(int64) of node_actors_test::Doubler here"));
}

TEST_CASE("an actor that was freed is unknown") {
  Home home;
  home.tell(wire::FreeKeys{{kActor}});
  REQUIRE(home.last.actors.size() == 1);
  CHECK(std::holds_alternative<ActorDestroy>(home.last.actors.front()));
  CHECK(home.node.store().size() == 0);
  home.call(actor_method<&Doubler::twice>().ref, 1);
  CHECK(home.last.actors.empty());
  CHECK(home.reply().unknown);
}

TEST_CASE("only a later attempt replaces an actor, and only one that was called") {
  Home home;
  home.compute(Home::attempt(1));
  CHECK(home.last.actors.empty());
  home.compute(Home::attempt(2));
  CHECK(home.last.actors.empty());
  home.call(actor_method<&Doubler::twice>().ref, 1);
  home.run();
  home.compute(Home::attempt(1));
  CHECK(home.last.actors.empty());
  home.compute(Home::attempt(3));
  CHECK(home.node.store().size() == 1);
  home.call(actor_method<&Doubler::twice>().ref, 2);
  CHECK(home.last.actors.empty());  // 1 was run by another object: this one waits for its own
}

TEST_CASE("records of actors among others, and payloads that are not there, drop their peer") {
  Home home;
  wire::ActorCall call{kActor, kCaller, 0,   {1}, {actor_method<&Doubler::twice>().ref},
                       {0},    {},      {99}};
  call.arguments.push_back({});
  home.node.on_data(6, {wire::encode(call), {}, {}}, home.now);
  CHECK(home.node.take_output().drop_data == std::vector<net::PeerId>{6});
  wire::FrameWriter writer;
  writer.add(wire::ActorAck{kActor, kCaller, 0, 0, false});
  writer.add(wire::Beat{});
  home.node.on_data(7, {writer.take(), {}, {}}, home.now);
  CHECK(home.node.take_output().drop_data == std::vector<net::PeerId>{7});
}
