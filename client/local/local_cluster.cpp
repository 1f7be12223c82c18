#include <algorithm>
#include <atomic>
#include <client/engine/remote.hpp>
#include <client/engine/worker_list.hpp>
#include <client/local/processes.hpp>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <scheduler/server/server.hpp>
#include <signal.h>
#include <sys/prctl.h>
#include <tartan/client/local_cluster.hpp>
#include <unistd.h>
#include <worker/server/cli.hpp>
#include <worker/server/limits.hpp>
#include <worker/server/server.hpp>

namespace tartan {
namespace {

constexpr const char* kWorkerFlag = "--tartan-worker";
/// Names the process that a worker is to die with.
constexpr const char* kParentVariable = "TARTAN_LOCAL_CLUSTER";

std::atomic<bool> initialised{false};

template <class T>
T checked(Result<T> result, const char* what) {
  if (!result) {
    throw Exception(result.error().code(),
                    fmt::format("{} cannot be started: {}", what, result.error().message()));
  }
  return std::move(*result);
}

void die_with(const char* parent) {
  ::unsetenv(kParentVariable);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != std::strtol(parent, nullptr, 10)) std::_Exit(1);
}

}  // namespace

void init(int argc, char** argv) {
  initialised = true;
  const auto flag = std::find_if(argv + std::min(argc, 1), argv + argc, [](const char* argument) {
    return std::strcmp(argument, kWorkerFlag) == 0;
  });
  if (flag == argv + argc) return;
  if (const char* parent = std::getenv(kParentVariable)) die_with(parent);
  std::vector<const char*> arguments{argv[0]};
  arguments.insert(arguments.end(), flag + 1, argv + argc);
  std::exit(
      worker::worker_main(static_cast<int>(arguments.size()), arguments.data(), {kWorkerFlag}));
}

struct LocalCluster::Impl {
  LocalClusterOptions options;
  std::uint32_t threads = 1;  ///< of each worker
  std::string address;
  // The workers' threads use these three, so they are declared before, and outlive, the workers.
  std::mutex mutex;  ///< guards joined
  std::condition_variable changed;
  std::uint32_t joined = 0;

  std::unique_ptr<scheduler::Server> scheduler;
  std::vector<std::unique_ptr<worker::Server>> workers;
  std::unique_ptr<client::Processes> processes;

  void start_threads();
  void start_processes();
  [[noreturn]] void throw_late(std::size_t count) const;
};

void LocalCluster::Impl::throw_late(std::size_t count) const {
  throw Exception(Errc::timeout,
                  fmt::format("only {} of the local cluster's {} workers joined it within {:g} s; "
                              "what they wrote on stderr may say why",
                              count, options.workers,
                              std::chrono::duration<double>(options.start_timeout).count()));
}

void LocalCluster::Impl::start_threads() {
  const std::uint64_t limit =
      checked(worker::parse_memory_limit(options.memory_limit, threads, worker::this_machine()),
              "the local cluster");
  for (std::uint32_t i = 0; i < options.workers; ++i) {
    worker::ServerConfig config;
    config.scheduler_address = address;
    config.data_address = "local://*";
    config.name = fmt::format("worker-{}", i);
    config.nthreads = threads;
    config.memory_limit = limit;
    config.on_joined = [this](const std::string&, const std::string&) {
      {
        std::lock_guard lock(mutex);
        ++joined;
      }
      changed.notify_all();
    };
    workers.push_back(checked(worker::Server::start(std::move(config)), "a worker"));
  }
  std::unique_lock lock(mutex);
  const bool all =
      changed.wait_for(lock, options.start_timeout, [this] { return joined == options.workers; });
  if (!all) throw_late(joined);
}

void LocalCluster::Impl::start_processes() {
  std::vector<std::vector<std::string>> arguments;
  for (std::uint32_t i = 0; i < options.workers; ++i) {
    arguments.push_back({kWorkerFlag, address, "--no-nanny", "--name", fmt::format("worker-{}", i),
                         "--nthreads", std::to_string(threads), "--memory-limit",
                         options.memory_limit, "--log-level", "warning"});
  }
  const auto deadline = std::chrono::steady_clock::now() + options.start_timeout;
  processes = std::make_unique<client::Processes>(
      arguments, fmt::format("{}={}", kParentVariable, ::getpid()));
  client::NodeConfig config;
  config.name = "local-cluster";
  const auto observer = client::RemoteBackend::connect(address, config);
  std::size_t count = 0;
  while (count < options.workers) {
    if (processes->any_ended()) {
      throw Exception(Errc::io_error,
                      "a worker process of the local cluster ended before it "
                      "joined; what it wrote on stderr may say why");
    }
    if (std::chrono::steady_clock::now() > deadline) throw_late(count);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    count = checked(client::parse_workers(observer->info("workers")), "the local cluster").size();
  }
  observer->close();
}

LocalCluster::LocalCluster(const LocalClusterOptions& options) : impl_(std::make_unique<Impl>()) {
  if (options.workers == 0) throw ValueError("a local cluster needs at least one worker");
  if (options.processes && !initialised) {
    throw Exception(Errc::refused,
                    "LocalCluster({.processes = true}) executes this program again as a worker, "
                    "which needs tartan::init(argc, argv) to come first in main");
  }
  impl_->options = options;
  impl_->threads = options.threads_per_worker != 0
                       ? options.threads_per_worker
                       : std::max(1u, worker::this_machine().cores / options.workers);
  scheduler::ServerConfig config;
  config.address = options.processes ? "tcp://127.0.0.1:0" : "local://*";
  impl_->scheduler = checked(scheduler::Server::start(std::move(config)), "a scheduler");
  impl_->address = impl_->scheduler->address();
  if (options.processes) {
    impl_->start_processes();
  } else {
    impl_->start_threads();
  }
}

LocalCluster::~LocalCluster() { close(); }

const std::string& LocalCluster::address() const { return impl_->address; }
std::size_t LocalCluster::size() const { return impl_->options.workers; }

std::vector<int> LocalCluster::worker_pids() const {
  return impl_->processes ? impl_->processes->pids() : std::vector<int>{};
}

void LocalCluster::close() {
  for (auto& worker : impl_->workers) worker->stop("the local cluster is closed");
  impl_->processes.reset();
  impl_->scheduler.reset();
  impl_->workers.clear();
}

}  // namespace tartan
