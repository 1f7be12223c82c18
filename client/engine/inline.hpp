#pragma once

// The engine of the inline executor: tasks run on the thread that submits them, in the graph's
// depth-first order, before submit returns. Values, argument blobs and wrappers are those of a
// worker, so results are bit-equal to a cluster's.

#include <client/engine/backend.hpp>

namespace tartan::client {

class InlineBackend final : public Backend {
 public:
  static std::shared_ptr<InlineBackend> make();

  const std::string& address() const override;
  bool runs_inline() const override { return true; }
  void cancel(const std::vector<Key>& keys) override;
  void detach(const std::vector<Key>& keys) override;
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
};

}  // namespace tartan::client
