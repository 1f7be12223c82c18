#include <atomic>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <set>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "pair.hpp"

using namespace tartan;
using namespace tartan::net;

namespace {

/// A directory of this test's own, for ipc sockets.
struct Directory {
  Directory() {
    std::string name = "/tmp/tartan-net-XXXXXX";
    path = mkdtemp(name.data());
  }
  ~Directory() { std::filesystem::remove_all(path); }
  std::string path;
};

std::string address_for(const std::string& scheme, const Directory& directory) {
  if (scheme == "tcp") return "tcp://127.0.0.1:0";
  if (scheme == "ipc") return "ipc://" + directory.path + "/socket";
  return "local://*";
}

}  // namespace

TEST_CASE("envelopes arrive whole and in order, and answers find their way back") {
  const auto* scheme = GENERATE("tcp", "ipc", "local");
  const auto plane = GENERATE(Plane::control, Plane::data);
  const Directory directory;
  Loop loop;
  const auto listener = listen(loop, address_for(scheme, directory), plane);
  const auto first = connect(loop, listener->address(), plane);
  const auto second = connect(loop, listener->address(), plane);

  const std::string large(300'000, 'L');
  send(loop, *first, envelope_of("a1", {"x", "", large}));
  const auto a1 = receive(loop, *listener);
  CHECK(a1.envelope.control.text() == "a1");
  REQUIRE(a1.envelope.bulk.size() == 3);
  CHECK(a1.envelope.bulk[0].text() == "x");
  CHECK(a1.envelope.bulk[1].empty());
  CHECK(a1.envelope.bulk[2].text() == large);

  send(loop, *second, envelope_of(""));
  const auto b1 = receive(loop, *listener);
  CHECK(b1.envelope.control.empty());
  CHECK(b1.from != a1.from);

  for (int i = 0; i < 10; ++i) send(loop, *first, envelope_of(std::to_string(i)));
  for (int i = 0; i < 10; ++i) {
    const auto got = receive(loop, *listener);
    CHECK(got.from == a1.from);
    CHECK(got.envelope.control.text() == std::to_string(i));
  }
  auto answer = envelope_of("for b");
  REQUIRE(listener->send(b1.from, answer) == Sent::ok);
  CHECK(answer.control.empty());
  CHECK(receive(loop, *second).control.text() == "for b");
  Envelope nothing;
  CHECK_FALSE(first->receive(nothing));
}

TEST_CASE("a channel may be made before its listener") {
  const auto* scheme = GENERATE("ipc", "local");
  const Directory directory;
  const auto address = std::string(scheme) == "ipc" ? address_for(scheme, directory)
                                                    : std::string("local://appears-later");
  Loop loop;
  const auto channel = connect(loop, address, Plane::control);
  send(loop, *channel, envelope_of("early"));
  const auto listener = listen(loop, address, Plane::control);
  const auto got = receive(loop, *listener);
  CHECK(got.envelope.control.text() == "early");
  auto answer = envelope_of("hello");
  REQUIRE(listener->send(got.from, answer) == Sent::ok);
  CHECK(receive(loop, *channel).control.text() == "hello");
}

TEST_CASE("a peer whose channel closed is gone") {
  const auto* scheme = GENERATE("tcp", "ipc", "local");
  const Directory directory;
  Loop loop;
  const auto listener = listen(loop, address_for(scheme, directory), Plane::control);
  auto channel = connect(loop, listener->address(), Plane::control);
  send(loop, *channel, envelope_of("last words"));
  channel.reset();
  const auto got = receive(loop, *listener);
  CHECK(got.envelope.control.text() == "last words");
  auto answer = envelope_of("too late");
  CHECK(wait_until(loop, [&] { return listener->send(got.from, answer) == Sent::gone; }));
  auto stranger = envelope_of("nobody");
  CHECK(listener->send(got.from + 12345, stranger) == Sent::gone);
  CHECK(stranger.control.text() == "nobody");
}

TEST_CASE("a new listener under the old address meets its channels as new peers") {
  const auto* scheme = GENERATE("tcp", "ipc", "local");
  const Directory directory;
  Loop loop;
  auto listener = listen(loop, address_for(scheme, directory), Plane::control);
  const auto address = listener->address();
  const auto channel = connect(loop, address, Plane::control);
  send(loop, *channel, envelope_of("before"));
  const auto before = receive(loop, *listener).from;
  auto farewell = envelope_of("read me later");
  REQUIRE(listener->send(before, farewell) == Sent::ok);
  if (std::string(scheme) == "local") {
    listener.reset();
    auto lost = envelope_of("lost");
    CHECK(channel->send(lost) == Sent::gone);
    CHECK(lost.control.text() == "lost");
    CHECK(receive(loop, *channel).control.text() == "read me later");
  } else {
    CHECK(receive(loop, *channel).control.text() == "read me later");
    listener.reset();
  }
  Result<std::unique_ptr<Listener>> next = Error(Errc::closed, "");
  REQUIRE(wait_until(loop, [&] {  // ZeroMQ frees the port in the background
    next = loop.listen(address, Plane::control);
    return next.has_value();
  }));
  // What was under way when the connection broke may be lost, so the channel says it again.
  PeerId after = 0;
  Envelope got;
  REQUIRE(wait_until(loop, [&] {
    auto again = envelope_of("again");
    channel->send(again);
    return (*next)->receive(after, got);
  }));
  CHECK(after != before);
  CHECK(got.control.text() == "again");
}

TEST_CASE("a reader that stalls fills its queue, and wait() tells when there is room again") {
  const auto* scheme = GENERATE("tcp", "local");
  const Directory directory;
  Loop loop;
  const auto listener = listen(loop, address_for(scheme, directory), Plane::data);
  const auto channel = connect(loop, listener->address(), Plane::data);
  const std::string megabyte(1 << 20, 'm');

  std::size_t accepted = 0;
  Envelope next = envelope_of("up", {megabyte});
  // Kernel buffers swallow some, but not a gigabyte.
  while (accepted < 1000) {
    const auto sent = channel->send(next);
    if (sent == Sent::full) {
      loop.wait(SteadyClock().now() + std::chrono::milliseconds(50));
      if (channel->send(next) == Sent::full) break;
    }
    ++accepted;
    next = envelope_of("up", {megabyte});
  }
  REQUIRE(accepted < 1000);
  CHECK(next.control.text() == "up");  // a full socket leaves the envelope to its sender

  std::size_t received = 0;
  PeerId from = 0;
  Envelope got;
  REQUIRE(wait_until(loop, [&] {
    while (listener->receive(from, got)) ++received;
    return received >= accepted && channel->send(next) == Sent::ok;
  }));

  std::size_t answered = 0;
  next = envelope_of("down", {megabyte});
  Sent sent = Sent::ok;
  while (answered < 1000 && (sent = listener->send(from, next)) == Sent::ok) {
    ++answered;
    next = envelope_of("down", {megabyte});
  }
  CHECK(sent == Sent::full);
  std::size_t read = 0;
  CHECK(wait_until(loop, [&] {
    while (channel->receive(got)) ++read;
    if (next.control.empty() || listener->send(from, next) == Sent::full) return false;
    next = {};
    return true;
  }));
}

TEST_CASE("a dropped peer is neither heard nor answered") {
  const auto* scheme = GENERATE("tcp", "local");
  const Directory directory;
  Loop loop;
  const auto listener = listen(loop, address_for(scheme, directory), Plane::control);
  const auto bad = connect(loop, listener->address(), Plane::control);
  const auto good = connect(loop, listener->address(), Plane::control);
  send(loop, *bad, envelope_of("bad"));
  const auto peer = receive(loop, *listener).from;
  send(loop, *bad, envelope_of("queued already"));
  listener->drop(peer);
  auto answer = envelope_of("answer");
  CHECK(listener->send(peer, answer) == Sent::gone);
  if (std::string(scheme) == "tcp") send(loop, *bad, envelope_of("and more"));
  send(loop, *good, envelope_of("good"));
  CHECK(receive(loop, *listener).envelope.control.text() == "good");
}

TEST_CASE("over local a value is passed by pointer") {
  Loop here;
  Loop there;
  const auto listener = listen(here, "local://*", Plane::data);
  const auto channel = connect(there, listener->address(), Plane::data);
  CHECK(listener->shares_memory());
  CHECK(channel->shares_memory());
  const auto value = Value::of(std::vector<double>{1, 2, 3});
  Envelope envelope;
  envelope.values.push_back(value);
  send(there, *channel, envelope);
  const auto got = receive(here, *listener);
  REQUIRE(got.envelope.values.size() == 1);
  CHECK(&got.envelope.values[0].get<std::vector<double>>() == &value.get<std::vector<double>>());
}

TEST_CASE("wake ends a wait from another thread") {
  const bool sockets = GENERATE(false, true);
  Loop loop;
  std::unique_ptr<Listener> listener;
  if (sockets) listener = listen(loop, "tcp://127.0.0.1:0", Plane::control);
  std::atomic<int> published{0};
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) {
      published.fetch_add(1);
      loop.wake();
    }
  });
  // A lost wake-up would leave this waiting for the limit.
  CHECK(wait_until(loop, [&] { return published.load() == 100; }));
  other.join();
}

TEST_CASE("threads exchange envelopes over every transport") {
  const auto* scheme = GENERATE("tcp", "local");
  const Directory directory;
  constexpr int kCount = 5000;
  Loop loop;
  const auto listener = listen(loop, address_for(scheme, directory), Plane::control);
  std::atomic<int> done{0};
  const auto client = [&] {
    Loop own;
    auto channel = own.connect(listener->address(), Plane::control);
    int sent = 0;
    int received = 0;
    Envelope next = envelope_of(std::to_string(sent));
    for (;;) {
      Envelope got;
      while ((*channel)->receive(got)) {
        if (got.control.text() != std::to_string(received)) return;
        ++received;
      }
      if (received == kCount) break;
      while (sent < kCount && sent - received < 2000 && (*channel)->send(next) == Sent::ok) {
        next = envelope_of(std::to_string(++sent));
      }
      // Either answers are to come or the channel is full: a wake-up lost here is a failure.
      own.wait(SteadyClock().now() + std::chrono::seconds(60));
    }
    done.fetch_add(1);
    loop.wake();
  };
  std::thread first(client);
  std::thread second(client);
  std::deque<Outgoing> waiting;
  CHECK(wait_until(loop, [&] {
    PeerId from = 0;
    Envelope got;
    while (listener->receive(from, got)) waiting.push_back({from, std::move(got)});
    while (!waiting.empty() &&
           listener->send(waiting.front().to, waiting.front().envelope) != Sent::full) {
      waiting.pop_front();
    }
    return done.load() == 2;
  }));
  first.join();
  second.join();
}

TEST_CASE("sockets may outlive their loop") {
  auto loop = std::make_unique<Loop>();
  auto listener = listen(*loop, "tcp://127.0.0.1:0", Plane::control);
  auto channel = connect(*loop, "local://outlives", Plane::control);
  loop.reset();
  Envelope envelope;
  CHECK_FALSE(channel->receive(envelope));
}

TEST_CASE("a busy address is one clear error") {
  const auto* scheme = GENERATE("tcp", "ipc", "local");
  const Directory directory;
  Loop loop;
  const auto listener = listen(loop, address_for(scheme, directory), Plane::control);
  const auto again = loop.listen(listener->address(), Plane::control);
  REQUIRE_FALSE(again.has_value());
  CHECK(again.error().code() == Errc::address_in_use);
  CHECK_THAT(again.error().message(), Catch::Matchers::Contains("in use"));
  CHECK_THAT(again.error().message(), Catch::Matchers::Contains("choose another"));
  // The first one still works.
  const auto channel = connect(loop, listener->address(), Plane::control);
  send(loop, *channel, envelope_of("still here"));
  CHECK(receive(loop, *listener).envelope.control.text() == "still here");
}

TEST_CASE("port 0 becomes a real one") {
  Loop loop;
  std::set<std::string> addresses;
  std::vector<std::unique_ptr<Listener>> listeners;
  for (int i = 0; i < 3; ++i) {
    listeners.push_back(listen(loop, "tcp://localhost:0", Plane::control));
    addresses.insert(listeners.back()->address());
  }
  CHECK(addresses.size() == 3);
  for (const auto& address : addresses) {
    CHECK_THAT(address, Catch::Matchers::StartsWith("tcp://127.0.0.1:"));
    CHECK_THAT(address, !Catch::Matchers::EndsWith(":0"));
  }
}

TEST_CASE("only loopback is bound unless the network is trusted in so many words") {
  Loop loop;
  for (const std::string address : {"tcp://0.0.0.0:0", "tcp://*:0", "tcp://[::]:0", "tcp://0:0"}) {
    const auto refused = loop.listen(address, Plane::control);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code() == Errc::refused);
    CHECK_THAT(refused.error().message(), Catch::Matchers::Contains("--allow-insecure"));
  }
  const auto allowed = loop.listen("tcp://0.0.0.0:0", Plane::control, true);
  REQUIRE(allowed.has_value());
  CHECK((*allowed)->address().find("0.0.0.0") == std::string::npos);  // others cannot connect there
}

TEST_CASE("an address that cannot be used is refused in words") {
  using Catch::Matchers::Contains;
  Loop loop;
  const auto port = loop.connect("tcp://127.0.0.1:0", Plane::control);
  REQUIRE_FALSE(port.has_value());
  CHECK_THAT(port.error().message(), Contains("port 0 is for listeners"));
  const auto foreign = loop.listen("tcp://192.0.2.1:0", Plane::control, true);
  REQUIRE_FALSE(foreign.has_value());
  CHECK_THAT(foreign.error().message(), Contains("no address 192.0.2.1"));
  const auto nowhere = loop.listen("ipc:///nonexistent/directory/socket", Plane::control);
  REQUIRE_FALSE(nowhere.has_value());
  CHECK_THAT(nowhere.error().message(), Contains("cannot listen on ipc:///nonexistent"));
}

TEST_CASE("an ipc socket belongs to its user alone") {
  const Directory directory;
  Loop loop;
  const auto listener = listen(loop, "ipc://" + directory.path + "/mine", Plane::control);
  struct stat status {};
  REQUIRE(stat((directory.path + "/mine").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}
