#include "clients.hpp"

#include <catch2/catch.hpp>

void for_every_client(const std::function<void(tartan::Client&)>& program) {
  {
    INFO("the inline executor");
    tartan::Client client = tartan::Client::inline_executor();
    program(client);
  }
  {
    INFO("an embedded cluster");
    tartan::Client client;
    program(client);
  }
  {
    INFO("two workers as threads");
    tartan::LocalCluster cluster({.workers = 2, .threads_per_worker = 2});
    tartan::Client client(cluster);
    program(client);
  }
  {
    INFO("two workers as processes");
    tartan::LocalCluster cluster({.workers = 2, .threads_per_worker = 1, .processes = true});
    tartan::Client client(cluster);
    program(client);
  }
}
