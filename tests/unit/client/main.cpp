// These tests start clusters of processes, which are this program executed again.

#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <tartan/client.hpp>

int main(int argc, char** argv) {
  tartan::init(argc, argv);
  return Catch::Session().run(argc, argv);
}
