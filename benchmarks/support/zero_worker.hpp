#pragma once

// A worker that runs nothing: it answers every task as finished at once, with the number 0. What
// is left is the cost of the scheduler and the client.

#include <atomic>
#include <string>
#include <thread>

namespace tartan::benchmarks {

class ZeroWorker {
 public:
  ZeroWorker(std::string scheduler, int threads);
  ~ZeroWorker();

 private:
  void run(const std::string& scheduler, int threads);

  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace tartan::benchmarks
