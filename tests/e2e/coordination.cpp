// The programs of test_coordination.py: one holds something of every kind until it is killed,
// another takes all of it over.

#include <e2e/shared_tasks.hpp>
#include <e2e/tasks.hpp>
#include <fmt/format.h>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <tartan/client.hpp>
#include <thread>

namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;
using Doubles = std::vector<double>;

template <class... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
  fmt::print("{}\n", fmt::format(format, std::forward<Args>(args)...));
  std::fflush(stdout);
}

/// Holds a lock and all leases, stands first in two lines, has put and published: ADDRESS
void hold(const Words& words) {
  tartan::Client client(words.at(0), {.name = "holder"});
  tartan::Lock lock("lock");
  lock.lock();
  tartan::Semaphore semaphore("semaphore", 2);
  semaphore.acquire(2);
  tartan::Lock other("lock");
  std::thread in_line([&] { other.lock(); });
  std::thread getter([&] { tartan::Queue<int>("awaited").get(); });
  tartan::Event("event").set();
  tartan::Queue<int> items("items");
  for (int i = 1; i <= 3; ++i) items.put(i);
  tartan::Variable<std::string>("variable").set("kept");
  tartan::Queue<tartan::Future<Doubles>>("futures").put(
      client.submit<&e2e::large>(std::int64_t{10'000}, std::int64_t{1}));
  tartan::Variable<tartan::Future<Doubles>>("future").set(
      client.submit<&e2e::large>(std::int64_t{10'000}, std::int64_t{2}));
  client.publish_dataset("dataset",
                         client.submit<&e2e::large>(std::int64_t{10'000}, std::int64_t{3}));
  while (client.info("coordination").find("\"waiting_to_get\":1") == std::string::npos) {
    std::this_thread::sleep_for(10ms);
  }
  say("holding");
  in_line.join();
  getter.join();
}

/// Takes all of that: ADDRESS
void take(const Words& words) {
  tartan::Client client(words.at(0), {.name = "taker"});
  tartan::Lock lock("lock");
  tartan::Semaphore semaphore("semaphore", 2);
  say("free before {}", lock.try_lock() || semaphore.try_acquire());
  tartan::Queue<int> awaited("awaited");
  awaited.put(42);
  say("asked");
  lock.lock();
  say("locked");
  semaphore.acquire(2);
  say("acquired");
  tartan::Event("event").wait();
  tartan::Queue<int> items("items");
  for (int i = 1; i <= 3; ++i) say("item {}", items.get());
  say("awaited {}", awaited.get());
  say("variable {}", tartan::Variable<std::string>("variable").get());
  const auto right = [](const Doubles& values, std::int64_t seed) {
    return values == e2e::large(10'000, seed) ? "right" : "wrong";
  };
  say("queued future {}", right(tartan::Queue<tartan::Future<Doubles>>("futures").get().get(), 1));
  say("future {}", right(tartan::Variable<tartan::Future<Doubles>>("future").get().get(), 2));
  say("dataset {}", right(client.get_dataset<Doubles>("dataset").get(), 3));
}

/// ADDRESS FILE TASKS TIMES
void count(const Words& words) {
  tartan::Client client(words.at(0));
  std::vector<std::int64_t> salts(std::stoul(words.at(2)));
  for (std::size_t i = 0; i < salts.size(); ++i) salts[i] = static_cast<std::int64_t>(i);
  client.gather(
      client.map<&e2e::count_in_file>(words.at(1), std::int64_t{std::stol(words.at(3))}, salts));
  std::int64_t number = 0;
  std::ifstream(words.at(1)) >> number;
  say("count {}", number);
}

/// A task that takes a lock and hangs where it runs first: ADDRESS LOG
void hold_in_task(const Words& words) {
  tartan::Client client(words.at(0));
  const auto task = client.submit<&e2e::hold_at_first>(words.at(1));
  say("submitted");
  say("took {}", task.get());
}

/// Puts so many numbers, in order, into a queue that has room for 5: ADDRESS COUNT
void produce(const Words& words) {
  tartan::Client client(words.at(0));
  tartan::Queue<int> queue("work", 5);
  for (int i = 0; i < std::stoi(words.at(1)); ++i) queue.put(i);
  say("put");
}

/// Takes numbers until -1 comes and prints each: ADDRESS
void consume(const Words& words) {
  tartan::Client client(words.at(0));
  tartan::Queue<int> queue("work");
  for (int item = 0; (item = queue.get()) >= 0;) {
    say("got {}", item);
    std::this_thread::sleep_for(1ms);
  }
  queue.put(-1);
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, std::function<void(const Words&)>> commands{
      {"hold", hold},
      {"take", take},
      {"count", count},
      {"hold-in-task", hold_in_task},
      {"produce", produce},
      {"consume", consume},
      {"end", [](const Words& words) {
         tartan::Client client(words.at(0));
         tartan::Queue<int>("work").put(-1);
       }}};
  const auto command = argc > 1 ? commands.find(argv[1]) : commands.end();
  if (command == commands.end()) {
    fmt::print(stderr, "e2e_coordination: unknown command\n");
    return 2;
  }
  try {
    command->second(Words(argv + 2, argv + argc));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "e2e_coordination: {}\n", error.what());
    return 1;
  }
}
