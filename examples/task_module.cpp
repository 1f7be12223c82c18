// Functions of your own on a cluster: they are compiled into a module, which travels to the
// workers, and into this program, which names them.
//
//   tartan-scheduler &
//   tartan-worker tcp://127.0.0.1:8786 &
//   build/release/examples/task_module tcp://127.0.0.1:8786 build/release/examples/dice.so

#include <examples/module/dice.hpp>
#include <iostream>
#include <numeric>
#include <tartan/client.hpp>

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: task_module tcp://host:port dice.so\n";
    return 2;
  }
  constexpr std::int64_t kTasks = 64, kPoints = 1'000'000;
  try {
    tartan::Client client(argv[1]);
    client.upload_module(argv[2]);
    std::vector<std::uint64_t> seeds(kTasks);
    std::iota(seeds.begin(), seeds.end(), 1);
    const auto futures = client.map<&dice::inside>(seeds, kPoints);
    tartan::progress(futures, {.label = "throwing dice"});
    const auto counts = client.gather(futures);
    const auto inside = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
    std::cout << "pi is about " << 4.0 * static_cast<double>(inside) / (kTasks * kPoints) << '\n';
  } catch (const tartan::Exception& error) {
    std::cerr << "task_module: " << error.what() << '\n';
    return 1;
  }
}
