// tartan: looks at a running cluster, and operates on it, from the command line.

#include <CLI/CLI.hpp>
#include <core/base/process.hpp>
#include <fmt/format.h>
#include <iostream>
#include <tartan/base/config.hpp>
#include <tartan/client/client.hpp>

namespace {

void print_text(tartan::Client& client) {
  const tartan::SchedulerInfo info = client.scheduler_info();
  fmt::print("scheduler {}\n", info.address);
  fmt::print("{} workers, {} threads\n", info.workers.size(), info.nthreads());
  for (const tartan::WorkerInfo& worker : info.workers) {
    fmt::print("  {:<24} {:<28} {:>3} threads  {:>10}  {}\n", worker.name, worker.data_address,
               worker.nthreads,
               worker.memory_limit == 0 ? "unlimited" : tartan::format_bytes(worker.memory_limit),
               worker.host);
  }
  fmt::print("tasks {}\n", client.info("tasks"));
  fmt::print("coordination {}\n", client.info("coordination"));
}

void print_json(tartan::Client& client) {
  std::string text = "{";
  for (const char* topic : {"identity", "workers", "clients", "tasks", "coordination"}) {
    text += fmt::format("{}\"{}\":{}", text.size() > 1 ? "," : "", topic, client.info(topic));
  }
  fmt::print("{}}}\n", text);
}

tartan::ClientOptions named(const char* name, double timeout) {
  tartan::ClientOptions options;
  options.name = name;
  options.connect_timeout = std::chrono::nanoseconds(static_cast<std::int64_t>(timeout * 1e9));
  return options;
}

std::chrono::nanoseconds nanoseconds(double seconds) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

void info(const std::string& address, bool json, double timeout) {
  tartan::Client client(address, named("tartan-info", timeout));
  if (json) {
    print_json(client);
  } else {
    print_text(client);
  }
}

/// Groups of tasks, and what workers have.
void status(const std::string& address, double timeout) {
  tartan::Client client(address, named("tartan-status", timeout));
  const tartan::SchedulerInfo info = client.scheduler_info();
  fmt::print("scheduler {}, {} workers, {} threads\n", info.address, info.workers.size(),
             info.nthreads());
  fmt::print("{:<32} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>10} {:>10}\n", "group", "tasks",
             "waiting", "queued", "running", "done", "failed", "released", "mean", "results");
  for (const tartan::GroupProgress& group : client.group_progress()) {
    fmt::print("{:<32} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8.3f} s {:>10}\n", group.name,
               group.total, group.waiting, group.queued, group.processing, group.memory,
               group.erred, group.released, group.mean_seconds, tartan::format_bytes(group.nbytes));
  }
}

void print_outcomes(const std::map<std::string, std::string>& outcomes) {
  for (const auto& [name, outcome] : outcomes) fmt::print("{} {}\n", name, outcome);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Looks at a running tartan cluster.", "tartan");
  app.require_subcommand(1);
  app.set_version_flag("--version", tartan::build_text());

  std::string address;
  bool json = false;
  double timeout = 5;
  CLI::App* info_command = app.add_subcommand("info", "Workers and tasks of a scheduler");
  info_command->add_option("ADDRESS", address, "tcp://host:8786")->required();
  info_command->add_flag("--json", json, "One JSON object instead of text");
  info_command->add_option("--timeout", timeout, "Seconds to wait for the scheduler")
      ->capture_default_str();
  double patience = 300;
  std::vector<std::string> names;
  bool keep = false;
  const auto operation = [&](const char* name, const char* what) {
    CLI::App* command = app.add_subcommand(name, what);
    command->add_option("ADDRESS", address, "tcp://host:8786")->required();
    command->add_option("--timeout", patience, "Seconds it may take")->capture_default_str();
    return command;
  };
  CLI::App* status_command = app.add_subcommand("status", "How far the groups of tasks have come");
  status_command->add_option("ADDRESS", address, "tcp://host:8786")->required();
  CLI::App* retire_command =
      operation("retire", "Ends workers once their values are elsewhere; loses nothing");
  retire_command->add_option("NAME", names, "Workers, by name or data address")->required();
  retire_command->add_flag("--keep", keep, "Only empty them; they get nothing more");
  CLI::App* rebalance_command =
      operation("rebalance", "Moves values so that workers hold about equally much");
  CLI::App* restart_command =
      operation("restart", "Cancels everybody's tasks and starts the workers anew");
  CLI::App* version_command = app.add_subcommand("version", "This program's version");

  CLI11_PARSE(app, argc, argv);
  try {
    if (*version_command) fmt::print("{}\n", tartan::build_text());
    if (*info_command) info(address, json, timeout);
    if (*status_command) status(address, timeout);
    const auto connect = [&](const char* name) {
      return std::make_unique<tartan::Client>(address, named(name, timeout));
    };
    if (*retire_command) {
      print_outcomes(
          connect("tartan-retire")
              ->retire_workers(names, {.close = !keep, .timeout = nanoseconds(patience)}));
    }
    if (*rebalance_command) {
      print_outcomes(connect("tartan-rebalance")->rebalance({}, nanoseconds(patience)));
    }
    if (*restart_command) {
      print_outcomes(connect("tartan-restart")->restart(nanoseconds(patience)));
    }
  } catch (const std::exception& error) {
    std::cerr << "tartan: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
