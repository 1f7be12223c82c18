#pragma once

// A node and a clock for tests that play the scheduler's part by hand.

#include <client/engine/node.hpp>
#include <core/wire/codec.hpp>
#include <core/wire/messages.hpp>
#include <tartan/value/function.hpp>

namespace scripted {

using namespace tartan;

inline const Key kScheduler{7, 7};

inline double twice(double x) { return 2 * x; }

struct Script {
  explicit Script(client::NodeConfig config = make_config())
      : node(config, Key{1, 2}, now), config_(config) {}

  static client::NodeConfig make_config() {
    client::NodeConfig config;
    config.name = "test";
    config.scheduler_address = "tcp://127.0.0.1:8786";
    return config;
  }

  /// Everything the node has said to the scheduler since the last call, record by record.
  std::vector<wire::Message> said() {
    client::Output output = node.take_output();
    std::vector<wire::Message> messages;
    for (const net::Envelope& envelope : output.scheduler) {
      auto decoded = wire::decode(envelope.control);
      if (!decoded) throw Exception(decoded.error());
      for (wire::Message& message : *decoded) messages.push_back(std::move(message));
    }
    for (client::KeyEvent& event : output.events) events.push_back(std::move(event));
    for (auto& outgoing : output.peers) to_peers.push_back(std::move(outgoing));
    for (auto& address : output.close_peers) closed_peers.push_back(std::move(address));
    for (auto& reply : output.replies) replies.push_back(std::move(reply));
    if (auto* error = std::get_if<Error>(&output.ended)) ended = *error;
    return messages;
  }

  /// The records of one kind among what the node has said since the last call.
  template <class Record>
  std::vector<Record> said_only() {
    std::vector<Record> found;
    for (wire::Message& message : said()) {
      if (auto* record = std::get_if<Record>(&message)) found.push_back(std::move(*record));
    }
    return found;
  }

  void hear(const wire::Message& message) {
    node.on_scheduler({wire::encode(message), {}, {}}, now);
  }

  void welcome(Key scheduler = kScheduler) {
    wire::Welcome record;
    record.scheduler = scheduler;
    record.name = "test";
    record.heartbeat_ns = 500'000'000;
    record.lease_ns = 30'000'000'000;
    hear(record);
  }

  void ready(Key key, std::optional<Value> value = std::nullopt, std::uint64_t nbytes = 8) {
    wire::KeysReady record{{key}, {nbytes}, {}};
    record.inline_values.push_back(value ? wire::pack_value(*value) : std::vector<std::byte>{});
    hear(record);
  }

  /// After the scheduler has read all graphs, or up to this one.
  void failed(Key key, const Failure& failure, std::uint64_t submission = 1000) {
    hear(wire::KeysFailed{{key}, {failure}, 0, submission});
  }

  void pass(Duration time) {
    now += time;
    node.on_tick(now);
  }

  Time now{std::chrono::seconds(100)};
  client::Node node;
  std::vector<client::KeyEvent> events;
  std::vector<client::PeerEnvelope> to_peers;
  std::vector<std::string> closed_peers;
  std::vector<std::pair<std::uint64_t, wire::Message>> replies;
  std::optional<Error> ended;

 private:
  client::NodeConfig config_;
};

/// A graph of one task, wanted; its key comes along.
inline std::pair<Graph, Key> one_task(double argument) {
  GraphBuilder builder;
  ArgumentWriter writer;
  writer.inline_object(argument);
  GraphBuilder::Task task;
  task.function = &task_function<&twice>();
  task.arguments = writer.bytes();
  const auto ref = builder.add(task);
  const Key key = builder.key(ref);
  builder.want(ref);
  return {builder.build(), key};
}

}  // namespace scripted
