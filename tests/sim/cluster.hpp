#pragma once

// A whole cluster in one thread: the real scheduler, worker and client nodes behind a virtual
// network. Every link delivers in order (as TCP does) with random delays, so that messages on
// different links overtake each other; on top come the faults. What a dead process had under way
// is lost; its peers learn of it late or only by silence.

#include <client/engine/node.hpp>
#include <map>
#include <memory>
#include <optional>
#include <scheduler/server/node.hpp>
#include <set>
#include <sim/timeline.hpp>
#include <sim/workload.hpp>
#include <string>
#include <vector>
#include <worker/server/node.hpp>

namespace tartan::sim {

struct Options {
  bool validate = false;
  bool trace = false;
};

struct Report {
  bool stuck = false;
  std::vector<std::string> wrong;
  std::uint64_t events = 0;
  std::uint64_t trace_hash = 0;
  Duration virtual_time{};
  std::map<std::string, std::uint64_t> faults;
};

class Cluster {
 public:
  Cluster(std::uint64_t seed, const Options& options);
  ~Cluster();
  Report run();

 private:
  struct Worker;
  struct Client;
  struct Link;

  // Processes.
  void start_worker(std::size_t slot);
  void kill_worker(std::size_t slot);
  void start_client(std::size_t slot);
  void kill_client(std::size_t slot);

  // The network: one link for every ordered pair that talks.
  void send(const std::string& from, const std::string& to, const net::Envelope& envelope,
            std::function<void(const net::Envelope&)> deliver);
  void record(std::string_view from, std::string_view to, const net::Envelope& envelope);

  // After anything happened to a process: send what it has to say, and set its timer.
  void flush_scheduler();
  void flush_worker(const std::shared_ptr<Worker>& worker);
  void flush_client(const std::shared_ptr<Client>& client);
  void set_scheduler_timer();
  void set_timer(const std::shared_ptr<Worker>& worker);
  void set_timer(const std::shared_ptr<Client>& client);
  void send_to_address(const std::string& from, std::uint64_t from_number,
                       const std::string& address, const net::Envelope& envelope,
                       std::function<void(const net::Envelope&)> answer,
                       std::function<void()> gone);

  // The programs that use the cluster.
  void submit_next(const std::shared_ptr<Client>& client);
  void on_events(const std::shared_ptr<Client>& client, std::vector<client::KeyEvent> events);
  void check(const client::KeyEvent& event);
  void release_some(const std::shared_ptr<Client>& client);

  // Faults.
  void schedule_faults();
  void one_fault();
  void heal();

  bool work_done() const;
  void check_all_released();
  void wrong(std::string what);

  Options options_;
  Random random_;
  Timeline timeline_;
  Workload workload_;
  Report report_;
  std::unique_ptr<scheduler::Node> scheduler_;
  Time scheduler_timer_{};
  std::map<net::PeerId, std::function<void(const net::Envelope&)>> scheduler_peers_;
  std::uint64_t next_peer_ = 1;
  std::uint64_t incarnations_ = 0;
  std::vector<std::shared_ptr<Worker>> workers_;  ///< by slot; null while down
  std::vector<std::shared_ptr<Client>> clients_;
  std::map<std::string, std::shared_ptr<Worker>> addresses_;
  std::map<std::string, Link> links_;
  bool faults_on_ = true;
  double slow_chance_ = 0;
  double duplicate_chance_ = 0;
};

}  // namespace tartan::sim
