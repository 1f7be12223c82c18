#pragma once

// The engine of a client with a scheduler: one thread that owns the sockets and the Node. Other
// threads leave commands in a queue and wake it; it takes all of them at once, so what many calls
// say leaves in one envelope.

#include <client/engine/backend.hpp>
#include <core/net/outbox.hpp>
#include <functional>
#include <future>
#include <map>
#include <tartan/base/time.hpp>
#include <thread>
#include <unordered_map>
#include <variant>

namespace tartan::client {

class RemoteBackend final : public Backend {
 public:
  /// Connects; throws ConnectionError when nobody answers in time, or the scheduler refuses.
  static std::shared_ptr<RemoteBackend> connect(const std::string& address, NodeConfig config);
  ~RemoteBackend() override;

  const std::string& address() const override { return address_; }
  void cancel(const std::vector<Key>& keys) override;
  void detach(const std::vector<Key>& keys) override;
  std::uint64_t call_actor(const std::shared_ptr<ActorCallState>& call,
                           std::optional<ActorCallBody> body) override;
  void complete_call(const std::shared_ptr<ActorCallState>& call, std::uint64_t number,
                     std::variant<ActorCallBody, Failure> body) override;
  std::string info(const std::string& topic) override;
  std::uint64_t coordinate(wire::Coordinate question,
                           std::shared_ptr<CoordinationCall> call) override;
  void withdraw(std::uint64_t request) override;
  wire::Administered administer(wire::Administer wish) override;
  void upload(const value::ModuleFile& module) override;
  void close() override;

  /// What becomes of a question: the scheduler's reply, or why there will be none. Runs once, on
  /// the engine's thread or the caller's; it must not block.
  using Answer = std::function<void(Result<wire::Message>)>;
  using Question = std::function<wire::Message(std::uint64_t)>;
  /// Asks the scheduler until it answers. The question is made from its number, which goes into its
  /// `request` and is returned; numbers grow in the order of the calls.
  std::uint64_t ask(const Question& question, Answer answer);

 protected:
  void start(Graph graph, std::unique_lock<std::mutex>& order) override;
  void put(std::vector<std::pair<Key, Value>> values, bool broadcast,
           std::unique_lock<std::mutex>& order) override;
  void hold(Key key) override;
  void rerun(const std::vector<Key>& keys) override;
  void release(Key key) override;
  void fetch(const std::vector<Key>& keys) override;

 private:
  // `made`: see Backend::hear.
  struct Submit {
    Graph graph;
    std::uint64_t made = 0;
  };
  struct Put {
    std::vector<std::pair<Key, Value>> values;
    bool broadcast = false;
    std::uint64_t made = 0;
  };
  struct Hold {
    Key key;
    std::uint64_t made = 0;
  };
  struct Fetch {
    std::vector<Key> keys;
  };
  struct Cancel {
    std::vector<Key> keys;
  };
  struct Detach {
    std::vector<Key> keys;
  };
  struct Retry {
    std::vector<Key> keys;
    std::uint64_t made = 0;
  };
  struct Ask {
    std::uint64_t number = 0;
    wire::Message question;
    Answer answer;
  };
  struct Withdraw {
    std::uint64_t number = 0;
    std::uint64_t request = 0;
  };
  struct CallActor {
    std::uint64_t number = 0;
    std::shared_ptr<ActorCallState> call;
    std::optional<ActorCallBody> body;
  };
  struct CompleteCall {
    std::uint64_t number = 0;
    Key actor;
    std::variant<ActorCallBody, Failure> body;
  };
  struct Close {};
  using Command = std::variant<Submit, Put, Hold, Fetch, Cancel, Detach, Retry, Ask, Withdraw,
                               CallActor, CompleteCall, Close>;

  /// A connection and what could not be sent on it yet.
  struct Link {
    std::unique_ptr<net::Channel> channel;
    net::SendQueue unsent;
  };

  RemoteBackend(const std::string& address, const NodeConfig& config);

  /// ask(), and waits for the answer; throws when there will be none.
  wire::Message answer_to(const Question& question);
  void bring(const wire::ModuleAsked& asked);
  void post(Command command);
  void enqueue(Command command, std::unique_lock<std::mutex> lock);
  void await_connection();

  // The engine thread.
  void run();
  void turn();
  void apply_commands();
  void apply(Submit& command);
  void apply(Put& command);
  void apply(Hold& command);
  void apply(Fetch& command);
  void apply(Cancel& command);
  void apply(Detach& command);
  void apply(Retry& command);
  void apply(Ask& command);
  void apply(Withdraw& command);
  void apply(CallActor& command);
  void apply(CompleteCall& command);
  void apply(Close& command);
  void take_answer(CoordinationCall& call, Result<wire::Message> reply);
  void receive_all();
  void handle_output();
  void send_to_peer(PeerEnvelope& outgoing);
  void end(const Error& error);
  void leave_unanswered(const Error& error);
  bool send_waiting();
  static net::Sent send_waiting(Link& link);

  const std::string address_;
  SteadyClock clock_;
  net::Loop loop_;
  Node node_;
  Link scheduler_;
  std::map<std::string, Link> peers_;
  std::map<std::uint64_t, Answer> answers_;
  std::unordered_map<std::uint64_t, std::shared_ptr<ActorCallState>> calls_;
  bool stopping_ = false;
  bool announced_ = false;

  std::mutex queue_mutex_;  ///< guards the next four
  std::vector<Command> commands_;
  std::vector<Key> releases_;
  std::uint64_t next_question_ = 1;  ///< and the next call of an actor
  bool closed_ = false;

  std::promise<std::optional<Error>> connected_;
  std::mutex close_mutex_;  ///< guards the joining of thread_
  std::thread thread_;
};

}  // namespace tartan::client
