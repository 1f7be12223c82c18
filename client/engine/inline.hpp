#pragma once

// The engine of the inline executor: tasks run on the thread that submits them, in the graph's
// depth-first order, before submit returns. Values, argument blobs and wrappers are those of a
// worker, so results are bit-equal to a cluster's. Actors live here, and their calls run before
// call_actor returns.

#include <client/engine/backend.hpp>
#include <client/engine/inline_actors.hpp>
#include <map>

namespace tartan::client {

class InlineBackend final : public Backend {
 public:
  static std::shared_ptr<InlineBackend> make();

  const std::string& address() const override;
  bool runs_inline() const override { return true; }
  void cancel(const std::vector<Key>& keys) override;
  void detach(const std::vector<Key>& keys) override;
  std::uint64_t call_actor(const std::shared_ptr<ActorCallState>& call,
                           std::optional<ActorCallBody> body) override;
  void complete_call(const std::shared_ptr<ActorCallState>& call, std::uint64_t number,
                     std::variant<ActorCallBody, Failure> body) override;
  std::string info(const std::string& topic) override;
  std::uint64_t coordinate(wire::Coordinate question,
                           std::shared_ptr<CoordinationCall> call) override;
  void withdraw(std::uint64_t) override {}
  wire::Administered administer(wire::Administer wish) override;
  void close() override;

 protected:
  void start(Graph graph, std::unique_lock<std::mutex>& order) override;
  void put(std::vector<std::pair<Key, Value>> values, bool broadcast,
           std::unique_lock<std::mutex>& order) override;
  void hold(Key key) override;
  void rerun(const std::vector<Key>& keys) override;
  void release(Key key) override;
  void fetch(const std::vector<Key>& keys) override;

 private:
  /// The value of the task: of an actor's object, which is kept here, the handle.
  Value keep_actor(Key key, Value value);
  std::shared_ptr<InlineActor> find_actor(Key key);

  std::mutex actors_mutex_;  ///< guards actors_
  std::map<Key, std::shared_ptr<InlineActor>> actors_;
};

}  // namespace tartan::client
