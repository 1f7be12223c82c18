// The client of the end-to-end tests: one command, one promise; prints facts for the script that
// runs it (test_daemons.py).

#include <algorithm>
#include <bit>
#include <core/net/transport.hpp>
#include <core/wire/codec.hpp>
#include <cstring>
#include <e2e/tasks.hpp>
#include <fmt/format.h>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <numeric>
#include <optional>
#include <tartan/base/random.hpp>
#include <tartan/tartan.hpp>
#include <thread>

namespace {

using Words = std::vector<std::string>;

template <class... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
  fmt::print("{}\n", fmt::format(format, std::forward<Args>(args)...));
  std::fflush(stdout);
}

/// map + merge: ADDRESS COUNT
void squares(const Words& words) {
  tartan::Client client(words.at(0));
  std::vector<std::int64_t> numbers(std::stoul(words.at(1)));
  std::iota(numbers.begin(), numbers.end(), 1);
  say("sum {}", client.submit<&e2e::sum>(client.map<&e2e::square>(numbers)).get());
}

/// Many tasks that take a while: ADDRESS COUNT MILLISECONDS
void slow_sum(const Words& words) {
  tartan::Client client(words.at(0));
  std::vector<std::int64_t> numbers(std::stoul(words.at(1)));
  std::iota(numbers.begin(), numbers.end(), 1);
  auto futures = client.map<&e2e::slowly>(tartan::Options{}, numbers,
                                          static_cast<std::int64_t>(std::stol(words.at(2))));
  say("started");
  say("sum {}", client.submit<&e2e::sum>(futures).get());
}

void task_error(const Words& words) {
  tartan::Client client(words.at(0));
  const auto failing = client.submit<&e2e::reciprocal>(0.0);
  const auto dependent = client.submit<&e2e::reciprocal>(failing);
  try {
    dependent.get();
    say("no error");
  } catch (const tartan::TaskError& error) {
    say("type {}\nmessage {}\ntask {}\nworker {}", error.type(), error.message(), error.task(),
        error.worker());
  }
  say("after {}", client.submit<&e2e::reciprocal>(4.0).get());
}

/// One task that kills its worker every time, among others: ADDRESS
void poison(const Words& words) {
  tartan::Client client(words.at(0));
  std::vector<std::int64_t> numbers(999);
  std::iota(numbers.begin(), numbers.end(), 0);
  const auto good = client.map<&e2e::square>(numbers);
  const auto bad = client.submit<&e2e::crash>(std::int64_t{1});
  std::size_t right = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    right += good[i].get() == numbers[i] * numbers[i] ? 1U : 0U;
  }
  say("right {}", right);
  try {
    bad.get();
    say("no error");
  } catch (const tartan::TaskError& error) {
    say("code {}\nmessage {}", tartan::name(error.code()), error.message());
  }
}

/// A binary tree whose inner values must travel, against the same tree computed here:
/// ADDRESS LEAVES MILLISECONDS
void tree(const Words& words) {
  tartan::Client client(words.at(0));
  const std::int64_t leaves = std::stol(words.at(1));
  const std::int64_t pause = std::stol(words.at(2));
  std::vector<tartan::Delayed<std::vector<std::uint64_t>>> level;
  std::vector<std::vector<std::uint64_t>> serial;
  for (std::int64_t i = 0; i < leaves; ++i) {
    level.push_back(tartan::delayed<&e2e::leaf>(i, pause));
    serial.push_back(e2e::leaf(i, 0));
  }
  std::size_t tasks = level.size();
  while (level.size() > 1) {
    const std::size_t pairs = level.size() / 2;
    for (std::size_t i = 0; i < pairs; ++i) {
      level[i] = tartan::delayed<&e2e::blend>(level[2 * i], level[2 * i + 1], pause);
      serial[i] = e2e::blend(serial[2 * i], serial[2 * i + 1], 0);
    }
    if (level.size() % 2 != 0) {
      level[pairs] = level.back();
      serial[pairs] = serial.back();
    }
    level.resize((level.size() + 1) / 2, level.front());
    serial.resize(level.size());
    tasks += pairs;
  }
  const auto root = level.front().persist(client);
  say("started {} tasks", tasks);
  say("tree {}", root.get() == serial.front() ? "equal" : "different");
}

/// Rounds of work of every kind, against what it must give: ADDRESS ROUNDS TASKS_PER_ROUND
void mixed(const Words& words) {
  tartan::Client client(words.at(0));
  const std::int64_t count = std::stol(words.at(2));
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
  for (std::int64_t round = 0; round < std::stol(words.at(1)); ++round) {
    std::iota(numbers.begin(), numbers.end(), round);
    const std::int64_t total = client.submit<&e2e::sum>(client.map<&e2e::square>(numbers)).get();
    const std::int64_t expected = e2e::sum([&] {
      std::vector<std::int64_t> squares;
      for (const std::int64_t number : numbers) squares.push_back(e2e::square(number));
      return squares;
    }());
    const auto scattered = client.scatter(e2e::large(100'000, round));
    const double checksum = client.submit<&e2e::checksum>(scattered).get();
    const auto failing = client.submit<&e2e::reciprocal>(0.0);
    const auto dropped = client.map<&e2e::leaf>(tartan::Options{}, numbers, std::int64_t{0});
    client.cancel(dropped);
    bool failed = false;
    try {
      failing.get();
    } catch (const tartan::TaskError&) {
      failed = true;
    }
    if (total != expected || checksum != e2e::checksum(e2e::large(100'000, round)) || !failed) {
      throw std::runtime_error(fmt::format("round {} gave a wrong result", round));
    }
  }
  say("right");
}

/// A value made on one worker, used on another, fetched here: ADDRESS MEGABYTES
void large_value(const Words& words) {
  tartan::Client client(words.at(0));
  const std::int64_t count = std::stol(words.at(1)) * 1'000'000 / 8;
  const auto made =
      client.submit<&e2e::large>(tartan::Options{.workers = {"alpha"}}, count, std::int64_t{3});
  const auto used = client.submit<&e2e::checksum>(tartan::Options{.workers = {"beta"}}, made);
  const double expected = e2e::checksum(e2e::large(count, 3));
  say("worker to worker {}", used.get() == expected ? "equal" : "different");
  say("worker to client {}", e2e::checksum(made.get()) == expected ? "equal" : "different");
  const auto scattered = client.scatter(e2e::large(count, 4));
  const double scattered_sum = client.submit<&e2e::checksum>(scattered).get();
  say("client to worker {}",
      scattered_sum == e2e::checksum(e2e::large(count, 4)) ? "equal" : "different");
}

/// Blocks that are all held, each added to its neighbour when a line has come on stdin:
/// ADDRESS BLOCKS MEBIBYTES
void blocks(const Words& words) {
  tartan::Client client(words.at(0));
  const std::uint64_t number = std::stoul(words.at(1));
  const std::uint64_t count = std::stoul(words.at(2)) << 17;
  std::vector<tartan::Future<std::vector<std::uint64_t>>> made;
  for (std::uint64_t i = 0; i < number; ++i) made.push_back(client.submit<&e2e::block>(count, i));
  for (const auto& future : made) future.wait();
  say("made");
  std::string line;
  std::getline(std::cin, line);
  std::vector<tartan::Future<std::uint64_t>> sums;
  for (std::uint64_t i = 0; i < number; ++i) {
    sums.push_back(client.submit<&e2e::pair_sum>(made[i], made[(i + 1) % number]));
  }
  std::uint64_t right = 0;
  for (std::uint64_t i = 0; i < number; ++i) {
    const std::uint64_t expected =
        3 * e2e::block_sum(count, i) + 5 * e2e::block_sum(count, (i + 1) % number);
    right += sums[i].get() == expected ? 1U : 0U;
  }
  // As many as fit into the worker's memory once, in one request.
  const auto quarter = static_cast<std::ptrdiff_t>(number / 4);
  const auto gathered = client.gather(std::vector(made.begin(), made.begin() + quarter));
  std::uint64_t equal = 0;
  for (std::uint64_t i = 0; i < gathered.size(); ++i) {
    equal += gathered[i] == e2e::block(count, i) ? 1U : 0U;
  }
  say("right {} of {}, gathered {}", right, number, equal);
  say("workers {}", client.info("workers"));
}

/// Blocks that are each made, and summed with themselves, in one graph: ADDRESS BLOCKS MEBIBYTES
void stream(const Words& words) {
  tartan::Client client(words.at(0));
  const std::uint64_t number = std::stoul(words.at(1));
  const std::uint64_t count = std::stoul(words.at(2)) << 17;
  const tartan::Options options{.output_bytes = count * sizeof(std::uint64_t)};
  std::vector<tartan::Delayed<std::uint64_t>> sums;
  for (std::uint64_t i = 0; i < number; ++i) {
    const auto block = tartan::delayed<&e2e::block>(options, count, i);
    sums.push_back(tartan::delayed<&e2e::pair_sum>(block, block));
  }
  const auto results = client.compute(sums);
  std::uint64_t right = 0;
  for (std::uint64_t i = 0; i < number; ++i) {
    right += results[i] == 8 * e2e::block_sum(count, i) ? 1U : 0U;
  }
  say("right {} of {}", right, number);
  say("workers {}", client.info("workers"));
}

void workers(const Words& words) {
  tartan::Client client(words.at(0));
  say("{}", client.info("workers"));
}

/// Waits for tasks that do not end before the scheduler does: ADDRESS
void outlive(const Words& words) {
  tartan::Client client(words.at(0), {.scheduler_lease = std::chrono::seconds(3)});
  const auto future = client.submit<&e2e::slowly>(std::int64_t{1}, std::int64_t{600'000});
  say("started");
  try {
    future.get();
    say("no error");
  } catch (const tartan::ConnectionError& error) {
    say("ConnectionError {}", error.what());
  }
}

/// The same program text for every kind of client: prints the results' bits.
void program(const Words& words) {
  const auto run = [] {
    auto x = tartan::random::normal({5'000, 8}, {.chunks = {700, 8}, .seed = 5});
    const auto z = (x - tartan::mean(x, 0)) / tartan::stddev(x, 0);
    const double energy = tartan::sum(z * z * tartan::exp(-z)).item<double>();
    tartan::ml::KMeans kmeans({.n_clusters = 5, .random_state = 7});
    kmeans.fit(x);
    std::vector<std::int64_t> numbers(50);
    std::iota(numbers.begin(), numbers.end(), 0);
    tartan::Client& client = tartan::Client::current();
    const auto total = client.submit<&e2e::sum>(client.map<&e2e::square>(numbers)).get();
    say("bits {:016x} {:016x} {:016x} {}", std::bit_cast<std::uint64_t>(energy),
        std::bit_cast<std::uint64_t>(kmeans.inertia()),
        std::bit_cast<std::uint64_t>(kmeans.cluster_centers()(4, 3)), total);
  };
  const std::string& mode = words.at(0);
  if (mode == "inline") {
    tartan::Client client = tartan::Client::inline_executor();
    run();
  } else if (mode == "embedded") {
    tartan::Client client;
    run();
  } else if (mode == "threads") {
    tartan::LocalCluster cluster({.workers = 3, .threads_per_worker = 2});
    tartan::Client client(cluster);
    run();
  } else if (mode == "processes") {
    tartan::LocalCluster cluster({.workers = 2, .threads_per_worker = 1, .processes = true});
    tartan::Client client(cluster);
    run();
  } else {
    tartan::Client client(mode);
    run();
  }
}

/// k-means whose iterations take long enough to be interrupted: ADDRESS
void kmeans(const Words& words) {
  tartan::Client client(words.at(0));
  const auto data = tartan::ml::make_blobs({.n_samples = 300'000,
                                            .n_features = 30,
                                            .n_centers = 40,
                                            .cluster_std = 4.0,
                                            .chunk_rows = 10'000});
  tartan::ml::KMeans kmeans({.n_clusters = 20, .max_iter = 60, .tol = 0, .random_state = 3});
  const auto x = data.x.persist();
  x.wait();
  say("started");
  kmeans.fit(x);
  say("bits {:016x}", std::bit_cast<std::uint64_t>(kmeans.inertia()));
}

/// Recursion by tasks: MODE N M, where MODE is an address or "embedded"
void recursion(const Words& words) {
  std::optional<tartan::LocalCluster> cluster;
  std::string address = words.at(0);
  if (address == "embedded") {
    cluster.emplace(tartan::LocalClusterOptions{.workers = 1, .threads_per_worker = 1});
    address = cluster->address();
  }
  tartan::Client client(address);
  say("fib {}", client.submit<&e2e::fib>(std::stol(words.at(1))).get());
  say("fib impure {}", client.submit<&e2e::fib_impure>(std::stol(words.at(2))).get());
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < 500; ++i) values.push_back(i * 7919 % 10007);
  const std::vector<std::int64_t> sorted = client.submit<&e2e::quicksort>(values).get();
  std::sort(values.begin(), values.end());
  say("quicksort {}", sorted == values ? "sorted" : "unsorted");
}

/// A task that waits for slow ones: ADDRESS COUNT MILLISECONDS LOG
void nested_slow_sum(const Words& words) {
  tartan::Client client(words.at(0));
  std::vector<std::int64_t> numbers(std::stoul(words.at(1)));
  std::iota(numbers.begin(), numbers.end(), 1);
  const auto total =
      client.submit<&e2e::slow_sum>(numbers, std::int64_t{std::stol(words.at(2))}, words.at(3));
  say("started");
  say("sum {}", total.get());
}

/// Cancels a task that waits for another, once LOG says that it does: ADDRESS LOG
void cancel(const Words& words) {
  tartan::Client client(words.at(0));
  const auto waiting = client.submit<&e2e::waits_for_ever>(words.at(1));
  const auto wait_for = [](const std::string& path, const std::string& line) {
    for (std::string found; found != line;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      std::ifstream file(path);
      while (found != line && std::getline(file, found)) {
      }
    }
  };
  wait_for(words.at(1) + ".inner", "begun");
  client.cancel(waiting);
  try {
    waiting.get();
    say("no error");
  } catch (const tartan::CancelledError&) {
    say("CancelledError");
  }
  wait_for(words.at(1), "CancelledError");
  wait_for(words.at(1) + ".inner", "cancelled");
  say("after {}", client.submit<&e2e::square>(std::int64_t{3}).get());
}

// ---- operations ---------------------------------------------------------------------------

using Blocks = std::vector<tartan::Future<std::vector<std::uint64_t>>>;

/// Blocks that alpha makes, and nobody else can.
Blocks blocks_on_alpha(tartan::Client& client, std::uint64_t number, std::uint64_t count,
                       const std::string& log) {
  Blocks made;
  const tartan::Options options{.workers = {"alpha"}};
  for (std::uint64_t i = 0; i < number; ++i) {
    made.push_back(client.submit<&e2e::logged_block>(options, count, i, log));
  }
  for (const auto& future : made) future.wait();
  return made;
}

std::size_t count_right(tartan::Client& client, const Blocks& made, std::uint64_t count) {
  std::vector<tartan::Future<std::uint64_t>> sums;
  for (const auto& block : made) sums.push_back(client.submit<&e2e::pair_sum>(block, block));
  std::size_t right = 0;
  for (std::uint64_t i = 0; i < made.size(); ++i) {
    right += sums[i].get() == 8 * e2e::block_sum(count, i) ? 1U : 0U;
  }
  return right;
}

/// Values only alpha has, and values clients brought, used after it was retired:
/// ADDRESS BLOCKS MEBIBYTES LOG
void retire(const Words& words) {
  tartan::Client client(words.at(0));
  const std::uint64_t count = std::stoul(words.at(2)) << 17;
  const Blocks made = blocks_on_alpha(client, std::stoul(words.at(1)), count, words.at(3));
  std::vector<tartan::Future<std::vector<double>>> scattered;
  for (std::int64_t i = 0; i < 4; ++i) scattered.push_back(client.scatter(e2e::large(100'000, i)));
  client.wait(tartan::client::untyped(scattered));
  say("made");
  std::string line;
  std::getline(std::cin, line);
  for (const auto& [name, outcome] : client.retire_workers({"alpha"})) say("{} {}", name, outcome);
  say("right {}", count_right(client, made, count));
  std::size_t right = 0;
  for (std::int64_t i = 0; i < 4; ++i) {
    right += scattered[static_cast<std::size_t>(i)].get() == e2e::large(100'000, i) ? 1U : 0U;
  }
  say("scattered {}", right);
  try {
    client.retire_workers({"beta"});
  } catch (const tartan::Exception& error) {
    say("refused {}", error.what());
  }
}

/// Values with two copies, of which one is lost at a line on stdin: ADDRESS BLOCKS MEBIBYTES LOG
void replicate(const Words& words) {
  tartan::Client client(words.at(0));
  const std::uint64_t count = std::stoul(words.at(2)) << 17;
  const Blocks made = blocks_on_alpha(client, std::stoul(words.at(1)), count, words.at(3));
  client.replicate(made, 2);
  std::size_t copies = 0;
  for (const auto& holders : client.who_has(made)) copies += holders.size();
  say("copies {}", copies);
  std::string line;
  std::getline(std::cin, line);
  say("right {}", count_right(client, made, count));
  // The wish stands: there are two again.
  client.replicate(made, 2);
  say("again");
}

/// Values of one worker spread over all: ADDRESS BLOCKS MEBIBYTES LOG
void rebalance(const Words& words) {
  tartan::Client client(words.at(0));
  const std::uint64_t count = std::stoul(words.at(2)) << 17;
  const Blocks made = blocks_on_alpha(client, std::stoul(words.at(1)), count, words.at(3));
  client.rebalance();
  say("workers {}", client.info("workers"));
  say("right {}", count_right(client, made, count));
  for (const tartan::GroupProgress& group : client.group_progress()) {
    if (group.name.find("logged_block") == std::string::npos) continue;
    say("group {} memory {} bytes {}", group.total, group.memory, group.nbytes);
  }
}

/// Two clients' work, and a restart by one of them: ADDRESS
void restart(const Words& words) {
  tartan::Client client(words.at(0), {.name = "operator"});
  tartan::Client other(words.at(0), {.name = "other"});
  const auto done = other.submit<&e2e::block>(std::uint64_t{1 << 17}, std::uint64_t{1});
  done.wait();
  const auto pids = [&] {
    std::string text;
    for (const auto& [name, pid] : client.run<&e2e::process_id>(std::int64_t{0})) {
      text += fmt::format(" {}={}", name, pid);
    }
    return text;
  };
  say("before{}", pids());
  const auto running = other.submit<&e2e::slowly>(tartan::Options{.workers = {"alpha"}},
                                                  std::int64_t{1}, std::int64_t{60'000});
  while (client.processing()["alpha"].empty()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  for (const auto& [name, outcome] : client.restart()) say("{} {}", name, outcome);
  const auto ends = [](const auto& future) -> std::string {
    try {
      future.get();
    } catch (const tartan::CancelledError& error) {
      return error.what();
    }
    return "a value";
  };
  say("running: {}", ends(running));
  say("done: {}", ends(done));
  say("after{}", pids());
  say("square {}", other.submit<&e2e::square>(std::int64_t{3}).get());
}

tartan::wire::Message answer_to(const std::string& address, const tartan::wire::Hello& hello) {
  using namespace tartan;
  net::Loop loop;
  auto channel = loop.connect(address, net::Plane::control).value();
  net::Envelope out{wire::encode(hello), {}, {}};
  channel->send(out);
  net::Envelope in;
  while (!channel->receive(in)) loop.wait(Time::clock::now() + std::chrono::seconds(1));
  return wire::decode(in.control).value().at(0);
}

void wrong_version(const Words& words) {
  tartan::wire::Hello hello;
  hello.protocol = 999;
  hello.incarnation = tartan::unique_key();
  const auto answer = answer_to(words.at(0), hello);
  if (const auto* refused = std::get_if<tartan::wire::Refused>(&answer)) {
    say("refused: {}", refused->reason);
  } else {
    say("not refused");
  }
}

/// Well-formed ZeroMQ messages with nonsense inside: ADDRESS PLANE COUNT
void garbage(const Words& words) {
  using namespace tartan;
  net::Loop loop;
  auto channel =
      loop.connect(words.at(0), words.at(1) == "data" ? net::Plane::data : net::Plane::control)
          .value();
  Random random(17);
  wire::Hello hello;
  hello.incarnation = unique_key();
  wire::GetData get{1, {Key{1, 2}}, 1 << 20};
  const Buffer models[] = {wire::encode(hello), wire::encode(get),
                           wire::encode(wire::SubmitGraph{1, Buffer::copy("nonsense")})};
  for (std::uint64_t i = 0; i < std::stoul(words.at(2)); ++i) {
    std::string bytes(models[i % 3].text());
    if (i % 4 == 0) bytes.assign(random.below(300), '\0');
    for (std::uint64_t flips = random.below(8); flips > 0 && !bytes.empty(); --flips) {
      bytes[random.below(bytes.size())] = static_cast<char>(random.next());
    }
    net::Envelope envelope{Buffer::copy(bytes), {}, {}};
    if (random.chance(0.2)) envelope.bulk.push_back(Buffer::copy("unannounced"));
    for (int tries = 0; tries < 1000 && channel->send(envelope) == net::Sent::full; ++tries) {
      loop.wait(Time::clock::now() + std::chrono::milliseconds(1));
    }
    net::Envelope ignored;
    while (channel->receive(ignored)) {
    }
  }
  say("sent");
}

void say_failure(const std::string& what, const tartan::ActorFuture<std::int64_t>& call) {
  try {
    say("{} gives {}", what, call.get());
  } catch (const tartan::TaskError& error) {
    say("{} fails: code {}: {}", what, tartan::name(error.code()), error.message());
  }
}

/// An actor whose worker is lost during a call that takes so long, and that is then made again:
/// ADDRESS LOG MILLISECONDS
void actor(const Words& words) {
  using e2e::Counter;
  tartan::Client client(words.at(0));
  auto counter = client.actor<Counter>(std::int64_t{0}, words.at(1));
  std::vector<tartan::ActorFuture<std::int64_t>> sums;
  for (std::int64_t i = 1; i <= 100; ++i) sums.push_back(counter.call<&Counter::add>(i));
  say("sum {}", sums.back().get());
  const auto process = counter.call<&Counter::process>().get();
  const auto pending = counter.call<&Counter::slowly_add>(1, std::stol(words.at(2)));
  const auto behind = counter.call<&Counter::add>(1);
  say("process {}", process);
  say_failure("pending", pending);
  say_failure("behind", behind);
  say_failure("later", counter.call<&Counter::add>(1));
  counter = client.actor<Counter>(std::int64_t{1000}, words.at(1));
  say_failure("again", counter.call<&Counter::add>(1));
  std::string line;
  std::getline(std::cin, line);
}

/// Makes an actor and has its handle used by tasks, then waits to be killed: ADDRESS LOG
void actor_kept(const Words& words) {
  tartan::Client client(words.at(0));
  const auto counter = client.actor<e2e::Counter>(std::int64_t{0}, words.at(1));
  say("sum {}", counter.call<&e2e::Counter::add>(1).get());
  std::string line;
  std::getline(std::cin, line);
}

}  // namespace

int main(int argc, char** argv) {
  tartan::init(argc, argv);
  const std::map<std::string, std::function<void(const Words&)>> commands{
      {"squares", squares},
      {"slow-sum", slow_sum},
      {"task-error", task_error},
      {"poison", poison},
      {"tree", tree},
      {"mixed", mixed},
      {"large-value", large_value},
      {"outlive", outlive},
      {"blocks", blocks},
      {"stream", stream},
      {"workers", workers},
      {"program", program},
      {"kmeans", kmeans},
      {"wrong-version", wrong_version},
      {"garbage", garbage},
      {"recursion", recursion},
      {"nested-slow-sum", nested_slow_sum},
      {"cancel", cancel},
      {"retire", retire},
      {"replicate", replicate},
      {"rebalance", rebalance},
      {"restart", restart},
      {"actor", actor},
      {"actor-kept", actor_kept}};
  const auto command = argc > 1 ? commands.find(argv[1]) : commands.end();
  if (command == commands.end()) {
    fmt::print(stderr, "e2e_driver: unknown command\n");
    return 2;
  }
  try {
    command->second(Words(argv + 2, argv + argc));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "e2e_driver: {}\n", error.what());
    return 1;
  }
}
