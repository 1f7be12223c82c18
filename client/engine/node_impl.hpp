#pragma once

// What is behind client::Node: the session with the scheduler, the table of keys, the graphs that
// may have to be sent again. node.cpp has the calls, node_records.cpp what the scheduler says and
// what is said at the end of a turn.
//
// A scattered key is held at the scheduler once a first worker has it, and not before: the
// scheduler gives data that is held but not there, or there but not held, a few seconds, and a
// value may take longer than that. Graphs that need a key that is still on its way, or that another
// such graph makes, wait here meanwhile.

#include <client/engine/actor_plane.hpp>
#include <client/engine/data_plane.hpp>
#include <client/engine/node.hpp>
#include <core/wire/codec.hpp>
#include <core/wire/messages.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tsl/robin_map.h>

namespace tartan::client {

struct KeyRecord {
  std::uint32_t holds = 0;
  Status status = Status::pending;
  std::uint64_t nbytes = 0;  ///< once it is ready
  bool fetch_when_ready = false;
  bool putting = false;                      ///< scattered, and not yet at any worker
  bool cancelled = false;                    ///< and not heard of since
  bool told = false;                         ///< the scheduler was asked to hold it
  std::optional<std::uint64_t> ready_bytes;  ///< it is ready, but not yet at all its workers
  std::uint64_t submission = 0;              ///< the graph that is to make it; 0: none
  std::uint64_t last_graph = 0;              ///< the last one that wanted it, in this session
  std::uint64_t retry = 0;     ///< the question to run it anew, not yet acknowledged; 0: none
  bool failed_before = false;  ///< a failure was heard of meanwhile, perhaps the old one
  std::unique_ptr<Failure> failure;
};

/// A graph, kept until its wanted keys are done, to be sent again after a broken connection.
struct Submission {
  Buffer frame;
  std::vector<Key> modules;  ///< of its functions, those that this process can bring
  std::vector<std::string> module_names;
  std::vector<std::string> signatures;  ///< not said before
  std::vector<Key> wanted;
  std::size_t unfinished = 0;
  bool accepted = false;     ///< the scheduler has said that it has it
  std::vector<Key> unclear;  ///< failed before it had; to be asked about then
  Time sent{};
  Duration patience{std::chrono::seconds(5)};  ///< before it is sent again; doubles
  /// It was sent again and again.
  bool seems_lost() const { return patience >= std::chrono::seconds(20); }
  std::vector<Key> inputs;     ///< from elsewhere; held until the scheduler has the graph
  std::vector<Key> waits_for;  ///< keys on their way; not sent before there are none
};

/// A question, kept until it is answered.
struct Question {
  wire::Message record;
  Time sent{};
  Duration patience{std::chrono::seconds(5)};  ///< before it is sent again; doubles
  bool held_back = false;                      ///< until the values it names have arrived
};

struct Node::Impl {
  Impl(const NodeConfig& node_config, Key own_incarnation, Time now);

  // node.cpp
  void say_hello(Time now);
  void end(Errc code, std::string message);
  void submit(Submission submission, std::uint64_t number);
  void add_hold(Key key);
  bool count_hold(Key key);
  bool forget_cancellation(KeyRecord& record);
  void send_graph(std::uint64_t number, Submission& submission);
  void describe_functions(const Graph& graph, Submission& submission);
  void send_lost_graphs(Time now);
  void ask_unclear(Submission& submission);
  void ask_again(Time now);
  void give_retry_up(const wire::RetryKeys& retry);

  // node_coordination.cpp
  bool must_wait(const wire::Message& question) const;
  void ask(std::uint64_t request, wire::Message record);
  void ask_held_back();
  void flush_acknowledgements();
  void lose_session();
  void on_message(const wire::Coordinated& reply, Time);

  // node_records.cpp
  template <class Record>
  void send(const Record& record) {
    writer.add(wire::Message(record));
    cut_envelope_when_long();
  }
  void on_reply(std::uint64_t request, wire::Message reply);
  void cut_envelope_when_long();
  void cut_envelope();
  void repeat_all(bool first);
  void note_told(Key key, KeyRecord& record, bool is_told);
  void note_news(std::uint64_t number);
  void learn(Key key, const wire::Holders& holders, std::size_t i);
  void flush_holds();
  void flush_cancels();
  void mark_cancelled(Key key);
  void end_unanswered_cancels(Time now);
  void cancel_unanswered(Key key);
  void flush_releases();
  void flush_detached(bool at_end);
  void flush_retries();
  void flush(Time now);
  void settle(KeyRecord& record);
  bool on_its_way(Key key) const;
  void drop_hold(Key key);
  void let_inputs_go(Submission& submission);
  void finish_puts();
  void unblock();
  void key_ready(Key key, std::uint64_t nbytes, std::span<const std::byte> packed);
  void key_failed(Key key, const Failure& failure);
  void hear_failure(Key key, const Failure& failure, std::uint64_t submission);

  void on_message(const wire::Welcome& welcome, Time now);
  void on_message(const wire::Refused& refused, Time);
  void on_message(const wire::Goodbye& goodbye, Time);
  void on_message(const wire::Beat&, Time now);
  void on_message(const wire::Unknown&, Time now);
  void on_message(const wire::KeysReady& ready, Time);
  void on_message(const wire::KeysFailed& failed, Time);
  void on_message(const wire::SubmitRefused& refused, Time);
  void on_message(const wire::SubmitAccepted& accepted, Time);
  void on_message(const wire::Holders& holders, Time now);
  void on_message(const wire::InfoReply& reply, Time now);
  void on_message(const wire::Administered& answer, Time now);
  void on_message(const wire::Acknowledged& answer, Time now);
  void on_message(const wire::ModuleAsked& asked, Time now);
  void on_message(const wire::ModuleKept& kept, Time now);
  /// Records meant for others are not worth ending the session for.
  template <class Other>
  void on_message(const Other&, Time) {}

  NodeConfig config;
  Key incarnation;
  DataPlane data;
  ActorPlane actors;
  bool connected = false;
  bool over = false;  ///< ended or closed: nothing is sent or believed any more
  Key scheduler;
  Duration heartbeat{std::chrono::milliseconds(500)};
  Time started;
  Time latest;  ///< the last time we were told
  Time last_heard;
  Time next_hello;
  Time next_heartbeat{};
  Time next_workers{};

  tsl::robin_map<Key, KeyRecord> keys;
  /// By number, which grows with the order of sending: the scheduler takes a number that does not
  /// for a repetition.
  std::map<std::uint64_t, Submission> submissions;
  std::uint64_t next_submission = 1;
  std::map<std::uint64_t, Question> questions;  ///< of callers and ours, by number
  std::uint64_t next_request = 1;
  std::set<std::uint64_t> undecided;         ///< answered, but neither acknowledged nor withdrawn
  std::uint32_t client_number = 0;           ///< in the last Welcome
  std::uint64_t next_own = kOwnRequest + 1;  ///< of questions that are acknowledged
  std::map<std::uint64_t, std::vector<Key>> detaching;  ///< held until that is acknowledged
  std::set<std::uint64_t> described;  ///< signatures the scheduler was told in words

  // What the heartbeat says: the keys that are told, and the news read without a gap.
  std::uint64_t told = 0;
  std::uint64_t told_digest = 0;
  std::uint64_t news = 0;

  wire::FrameWriter writer;
  std::vector<Key> to_hold;
  std::vector<Key> to_release;
  std::vector<Key> to_cancel;
  std::deque<std::pair<Time, Key>> unanswered_cancels;  ///< some have been answered since
  std::vector<Key> to_detach;
  std::vector<Key> to_retry;
  std::vector<Key> to_ask;  ///< whether they are done
  std::vector<std::uint64_t> to_acknowledge;
  Output output;
};

}  // namespace tartan::client
