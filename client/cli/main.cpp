// tartan: looks at a running cluster from the command line.

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

int info(const std::string& address, bool json, double timeout) {
  tartan::ClientOptions options;
  options.name = "tartan-info";
  options.connect_timeout = std::chrono::nanoseconds(static_cast<std::int64_t>(timeout * 1e9));
  tartan::Client client(address, options);
  if (json) {
    print_json(client);
  } else {
    print_text(client);
  }
  return 0;
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
  CLI::App* version_command = app.add_subcommand("version", "This program's version");

  CLI11_PARSE(app, argc, argv);
  try {
    if (*version_command) fmt::print("{}\n", tartan::build_text());
    if (*info_command) return info(address, json, timeout);
  } catch (const std::exception& error) {
    std::cerr << "tartan: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
