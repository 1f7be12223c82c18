#pragma once

// A whole cluster in one thread: the real scheduler, worker and client nodes on a virtual network
// and clock, from a seed. processes.cpp runs the nodes, running.cpp the workers' threads and disks,
// users.cpp, sharing.cpp and actors.cpp the programs that use them, modules.cpp what code travels,
// faults.cpp breaks things, verdict.cpp says what came of it.

#include <core/base/probe.hpp>
#include <optional>
#include <scheduler/state/state.hpp>
#include <sim/drops.hpp>
#include <sim/network.hpp>
#include <sim/process.hpp>
#include <sim/timeline.hpp>
#include <sim/workload.hpp>

namespace tartan::sim {

struct Options {
  bool validate = false;
  bool trace = false;
  bool share = false;  ///< programs use locks and queues too
  std::string drop;    ///< a kind of record that is lost for ever
};

struct Report {
  bool stuck = false;
  std::vector<std::string> wrong;
  std::uint64_t events = 0;
  std::uint64_t trace_hash = 0;
  Duration virtual_time{};
  Duration settled_after{};  ///< the faults' end
  Faults faults;
};

inline constexpr Duration kFaultTime{std::chrono::seconds(20)};

class Cluster {
 public:
  Cluster(std::uint64_t seed, const Options& options);
  ~Cluster();
  Report run();

 private:
  using WorkerPtr = std::shared_ptr<WorkerProcess>;
  using ClientPtr = std::shared_ptr<ClientProcess>;

  // processes.cpp
  void start_scheduler(std::uint64_t seed);
  void start_worker(std::size_t slot, std::optional<worker::Predecessor> predecessor = {});
  void kill_worker(std::size_t slot);
  void end_nested(WorkerProcess& worker);
  void crash_worker(std::size_t slot, const std::string& how, Duration back_after);
  void start_node(const ClientPtr& client, Key of_worker = {});
  void start_client(std::size_t slot);
  void kill_client(std::size_t slot);
  void init(Process& process, std::string name, std::size_t slot);
  template <class P>
  void connect(const std::shared_ptr<P>& process);
  void reconnect(const WorkerPtr& worker);
  void reconnect(const ClientPtr& client);
  void scheduler_lost(net::PeerId peer, Duration after);
  void record(const Network::Packet& packet);
  template <class P>
  void when_awake(const std::shared_ptr<P>& process, std::function<void()> what);
  template <class P>
  void set_timer(const std::shared_ptr<P>& process);
  template <class P>
  void send_to_scheduler(const std::shared_ptr<P>& process, net::Envelope envelope);
  template <class P>
  void send_to_address(const std::shared_ptr<P>& process, const std::string& address,
                       net::Envelope envelope);
  void flush(const std::shared_ptr<SchedulerProcess>& scheduler);
  void flush(const WorkerPtr& worker);
  void flush(const ClientPtr& client);
  void leave(const WorkerPtr& worker, const worker::Output& output);
  void note_workers();
  void note_clients();

  // running.cpp
  void execute(const WorkerPtr& worker, worker::Execution execution);
  Duration duration_of(const WorkerProcess& worker, const Habit& habit);
  void finish(const WorkerPtr& worker, wire::AttemptId attempt);
  void wait_inside(const WorkerPtr& worker, wire::AttemptId attempt);
  void wake_waiters(const WorkerPtr& worker);
  void abandon(const WorkerPtr& worker, wire::AttemptId attempt);
  void go_on(const WorkerPtr& worker, wire::AttemptId attempt);
  ClientPtr nested_client(const WorkerPtr& worker);
  void perform(const WorkerPtr& worker, worker::DiskOrder order);
  worker::DiskResult result_of(WorkerProcess& worker, const worker::DiskOrder& order);

  // users.cpp
  void submit_next(const ClientPtr& client);
  void submit(ClientProcess& client, const Graph& graph);
  void submit_cycle(ClientProcess& client);
  void scatter_some(const ClientPtr& client);
  void cancel_some(const ClientPtr& client);
  void submit_again(ClientProcess& client);
  void ask_something(ClientProcess& client);
  void forget_one(ClientProcess& client, const Graph& graph);
  void operate_some(const ClientPtr& client);
  void on_events(const ClientPtr& client, std::vector<client::KeyEvent> events);
  bool check(ClientProcess& client, const client::KeyEvent& event);
  bool check_failure(const ClientProcess& client, const client::KeyEvent& event);
  bool excusable(const ClientProcess& client, const client::KeyEvent& event) const;
  bool holds_lost() const;
  void release_some(ClientProcess& client);
  void let_go(ClientProcess& client, Key key);

  // sharing.cpp
  struct Shared {
    struct Item {
      bool put = false;      ///< the scheduler has said so
      bool refused = false;  ///< it has said that it was not
      ClientPtr receiver;    ///< the last
    };
    Random random;  ///< its own, so that seeds mean the same with and without sharing
    std::vector<Item> items;
    bool draining = false;  ///< the work is done, and the queue is being emptied
  };
  void share_next(const ClientPtr& client);
  std::uint64_t ask_shared(const ClientPtr& client, wire::Coordinate question);
  void withdraw_shared(const ClientPtr& client, std::uint64_t request);
  void on_replies(const ClientPtr& client,
                  std::vector<std::pair<std::uint64_t, wire::Message>> replies);
  static void await_futures(ClientProcess& client, const std::vector<Key>& keys);
  void drain_shared();
  void accept_shared(const ClientPtr& client, const wire::Coordinate& question,
                     const wire::Coordinated& reply);
  void deliver_item(const ClientPtr& client, std::span<const std::byte> bytes);
  void hold_lease(const ClientPtr& client, const wire::Coordinate& question);
  void check_shared(std::vector<std::string>& left) const;
  static void stop_asking(ClientProcess& client);
  // actors.cpp
  void make_actor(const ClientPtr& client);
  void call_actor(const ClientPtr& client);
  static bool calls_done(const ClientProcess& client);
  void on_answers(const ClientPtr& client, const std::vector<client::ActorAnswer>& answers);
  void retry_actor(ClientProcess& client);
  void check_answer(ClientProcess& client, const client::ActorAnswer& answer);
  void perform(const WorkerPtr& worker, worker::ActorOrder order);
  void run_actor(const WorkerPtr& worker, const std::shared_ptr<ActorSeat>& seat);

  // modules.cpp
  void choose_modules();
  static scheduler::ModuleLimits module_limits();
  void check_kept();
  void offer_module(ClientProcess& client, const Graph& graph);
  void check_offer(const ClientProcess& client, const wire::Message& reply);
  void bring(const ClientPtr& client, const wire::ModuleAsked& asked);
  void perform(const WorkerPtr& worker, worker::ModuleOrder order);
  worker::ModuleResult::Outcome load_module(WorkerProcess& worker,
                                            const worker::ModuleOrder& order);
  void check_function(const WorkerProcess& worker, const worker::Execution& execution);
  bool module_missed(const ClientProcess& client, const client::KeyEvent& event) const;
  bool module_not_stored(const client::KeyEvent& event) const;
  bool needs_module(Key key) const;

  // faults.cpp
  void choose_faults();
  void schedule_faults();
  void heal();
  void kill_some_client();
  void kill_and_restart();
  void run_out_of_memory();
  void press_memory();
  void fill_disk();
  void spoil_files();
  void reset_some();
  void reset_data();
  void cut_one_way();
  void cut_both_ways();
  void partition(bool both_ways);
  void cancel_somewhere();
  void operate_somewhere();
  void swizzle();
  void slow_down();
  void stall();
  void leave_for_long();
  std::vector<ClientPtr> all_clients() const;
  std::vector<Process*> everybody();
  Process& anybody();
  WorkerPtr any_worker();
  ClientPtr any_client();
  Duration up_to(Duration most);

  // verdict.cpp
  void choose_drop();
  bool work_done() const;
  void release_everything();
  void complain();
  void clear_out();
  std::vector<std::string> leftovers() const;
  void wrong(std::string what);

  using Fault = void (Cluster::*)();

  Options options_;
  const Drop* drop_ = nullptr;
  Random random_;
  Random operator_;  ///< its own, so that other draws are the same with it and without
  Timeline timeline_;
  Workload workload_;
  Report report_;
  Network network_;
  std::shared_ptr<SchedulerProcess> scheduler_;
  std::vector<WorkerPtr> workers_;  ///< by slot; null while down
  std::vector<ClientPtr> clients_;
  std::map<std::string, WorkerPtr> addresses_;  ///< of all there ever were
  Network::Id next_process_ = 0;
  net::PeerId next_peer_ = 1;
  std::map<Key, std::uint32_t> thrown_;  ///< how often a task has thrown

  std::uint64_t holds_lost_before_ =
      probes::Site<"scheduler: a client holds more than was known">::probe.count;
  bool faults_on_ = true;
  Time last_trouble_{};  ///< when they were turned off, or a task last crashed
  std::map<scheduler::WorkerId, WorkerPtr> known_workers_;
  std::map<Key, std::uint32_t> deaths_;  ///< how often its worker was lost while it ran
  std::set<std::string> known_clients_;
  std::set<scheduler::WorkerId> retired_;  ///< workers that may go without anything being lost
  bool values_lost_ = false;               ///< a worker was taken for dead, or a file was damaged
  bool workers_lost_ = false;              ///< a worker was taken for dead, or left
  bool restarted_ = false;                 ///< somebody asked for that
  std::vector<Fault> faults_;
  Troubles troubles_;
  double hang_chance_ = 0;
  bool skewed_ = false;
  bool scatters_ = false;
  bool spills_ = false;
  bool shares_ = false;
  bool tight_ = false;  ///< some workers have little memory
  Random actor_random_;
  bool actors_ = false;  ///< clients have one each
  Duration client_lease_{};
  Shared sharing_;
  Random module_random_;                      ///< as actor_random_
  bool modules_ = false;                      ///< some graphs need one
  double disk_trouble_ = 0;                   ///< chance that a module cannot be stored
  std::vector<std::set<Key>> module_caches_;  ///< on the workers' hosts, by slot
};

}  // namespace tartan::sim
