// bench-limits: what this machine can do at all, measured here and now, to put beside tartan's
// figures.
//
//   ping      ZeroMQ DEALER to ROUTER and back over TCP loopback     us, median
//   rate      messages of 256 bytes, one DEALER to one ROUTER        messages/s
//   stream    messages of 8 MiB, the same way                        GB/s
//   read      summing memory, all cores                              GB/s
//   copy      memcpy of large blocks, all cores                      GB/s copied
//   memcpy    the same on one core                                   GB/s copied
//   dgemm     2048 x 2048 double and single matrix products          GF/s, one core and all
//   sgemm
//
// The two ends of a socket have a context, so an I/O thread, each, as two processes would. OpenBLAS
// picks its kernels by the processor's name; OPENBLAS_CORETYPE (e.g. SkylakeX, Haswell) overrides.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <benchmarks/support/report.hpp>
#include <cblas.h>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <thread>
#include <zmq.h>

namespace {

using tartan::benchmarks::median;
using tartan::benchmarks::Report;
using tartan::benchmarks::seconds_of;

struct Settings {
  bool json = false;
  std::vector<std::string> cases;
  std::size_t gigabytes = 1;
  int runs = 5;

  bool wants(const std::string& name) const {
    return cases.empty() || std::find(cases.begin(), cases.end(), name) != cases.end();
  }
};

int cores() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

void require(bool ok) {
  if (!ok) throw std::runtime_error(fmt::format("ZeroMQ: {}", zmq_strerror(zmq_errno())));
}

/// One socket in a context of its own.
class Socket {
 public:
  explicit Socket(int type) : context_(zmq_ctx_new()), socket_(zmq_socket(context_, type)) {
    const int linger = 0;
    zmq_setsockopt(socket_, ZMQ_LINGER, &linger, sizeof linger);
  }
  ~Socket() {
    zmq_close(socket_);
    zmq_ctx_term(context_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  std::string bind() {
    require(zmq_bind(socket_, "tcp://127.0.0.1:*") == 0);
    char address[256];
    std::size_t size = sizeof address;
    require(zmq_getsockopt(socket_, ZMQ_LAST_ENDPOINT, address, &size) == 0);
    return address;
  }
  void connect(const std::string& address) { require(zmq_connect(socket_, address.c_str()) == 0); }
  void send(const void* data, std::size_t size, int flags = 0) {
    require(zmq_send(socket_, data, size, flags) >= 0);
  }
  /// Receives one frame without copying it and returns its size.
  std::size_t receive() {
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    require(zmq_msg_recv(&frame, socket_, 0) >= 0);
    const auto size = zmq_msg_size(&frame);
    zmq_msg_close(&frame);
    return size;
  }
  /// A frame that fits; its size.
  std::size_t receive(void* data, std::size_t most) {
    const int size = zmq_recv(socket_, data, most, 0);
    require(size >= 0);
    return static_cast<std::size_t>(size);
  }

 private:
  void* context_;
  void* socket_;
};

double ping_us() {
  constexpr int kRounds = 5000;
  Socket router(ZMQ_ROUTER);
  const auto address = router.bind();
  std::thread echo([&] {
    char id[256];
    char body[64];
    for (int i = 0; i < kRounds; ++i) {
      const auto id_size = router.receive(id, sizeof id);
      const auto size = router.receive(body, sizeof body);
      router.send(id, id_size, ZMQ_SNDMORE);
      router.send(body, size);
    }
  });
  Socket dealer(ZMQ_DEALER);
  dealer.connect(address);
  std::vector<double> trips;
  for (int i = 0; i < kRounds; ++i) {
    trips.push_back(1e6 * seconds_of([&] {
                      char body[64] = {};
                      dealer.send(body, sizeof body);
                      dealer.receive();
                    }));
  }
  echo.join();
  return median(trips);
}

/// Seconds from the first to the last of `count` messages.
double stream_seconds(std::size_t size, int count) {
  Socket router(ZMQ_ROUTER);
  const auto address = router.bind();
  std::thread sender([&] {
    const std::vector<char> bytes(size, 'x');
    Socket dealer(ZMQ_DEALER);
    dealer.connect(address);
    for (int i = 0; i <= count; ++i) dealer.send(bytes.data(), bytes.size());
    dealer.receive();  // until the other side has it all
  });
  char id[256];
  const auto id_size = router.receive(id, sizeof id);
  router.receive();
  const double seconds = seconds_of([&] {
    for (int i = 0; i < count; ++i) {
      router.receive();
      router.receive();
    }
  });
  router.send(id, id_size, ZMQ_SNDMORE);
  router.send("", 0);
  sender.join();
  return seconds;
}

__attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3"))) std::uint64_t sum_of(
    const std::uint64_t* values, std::size_t count) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < count; ++i) total += values[i];
  return total;
}

/// Calls f(first, count) for equal parts of `size` on as many threads.
void in_parallel(int threads, std::size_t size,
                 const std::function<void(std::size_t, std::size_t)>& f) {
  const std::size_t part = size / static_cast<std::size_t>(threads);
  std::vector<std::thread> pool;
  for (int i = 0; i < threads; ++i) {
    pool.emplace_back([&, i] { f(static_cast<std::size_t>(i) * part, part); });
  }
  for (auto& thread : pool) thread.join();
}

double best_seconds(int runs, const std::function<void()>& f) {
  double best = 1e300;
  for (int i = 0; i < runs; ++i) best = std::min(best, seconds_of(f));
  return best;
}

void memory(const Settings& settings, const Report& report) {
  const std::size_t count = (settings.gigabytes << 30) / sizeof(std::uint64_t);
  std::vector<std::uint64_t> from(count, 1);
  const double gigabytes = static_cast<double>(count * sizeof(std::uint64_t)) / 1e9;
  if (settings.wants("read")) {
    std::atomic<std::uint64_t> total{0};
    const double seconds = best_seconds(settings.runs, [&] {
      in_parallel(cores(), count, [&](std::size_t first, std::size_t part) {
        total += sum_of(from.data() + first, part);
      });
    });
    if (total == 0) throw std::runtime_error("the sum of ones is not zero");
    report.add("read", gigabytes / seconds, "GB/s");
  }
  if (!settings.wants("copy") && !settings.wants("memcpy")) return;
  std::vector<std::uint64_t> to(count, 2);
  const auto copy = [&](std::size_t first, std::size_t part) {
    std::memcpy(to.data() + first, from.data() + first, part * sizeof(std::uint64_t));
  };
  const auto measure = [&](const char* name, int threads) {
    if (!settings.wants(name)) return;
    const double seconds = best_seconds(settings.runs, [&] { in_parallel(threads, count, copy); });
    report.add(name, gigabytes / seconds, "GB/s");
  };
  measure("copy", cores());
  measure("memcpy", 1);
}

template <class T, class Gemm>
void gemm(const Settings& settings, const Report& report, const std::string& name, Gemm multiply) {
  if (!settings.wants(name)) return;
  constexpr int kSize = 2048;
  const std::vector<T> a(kSize * kSize, T(0.5));
  const std::vector<T> b(kSize * kSize, T(0.25));
  std::vector<T> c(kSize * kSize);
  const double operations = 2.0 * kSize * kSize * kSize;
  const auto measure = [&](int threads, const std::string& label) {
    openblas_set_num_threads(threads);
    const double seconds = best_seconds(settings.runs, [&] {
      multiply(CblasRowMajor, CblasNoTrans, CblasNoTrans, kSize, kSize, kSize, T(1), a.data(),
               kSize, b.data(), kSize, T(0), c.data(), kSize);
    });
    report.add(label, operations / seconds / 1e9, "GF/s");
  };
  measure(1, name + " one core");
  measure(cores(), name);
}

void run(const Settings& settings) {
  const Report report("limits", settings.json);
  if (settings.wants("ping")) report.add("ping", ping_us(), "us");
  if (settings.wants("rate")) {
    constexpr int kCount = 1'000'000;
    report.add("rate", kCount / stream_seconds(256, kCount), "messages/s");
  }
  if (settings.wants("stream")) {
    constexpr int kCount = 200;
    constexpr std::size_t kBytes = 8 << 20;
    report.add("stream",
               static_cast<double>(kBytes) * kCount / stream_seconds(kBytes, kCount) / 1e9, "GB/s");
  }
  if (settings.wants("read") || settings.wants("copy") || settings.wants("memcpy")) {
    memory(settings, report);
  }
  gemm<double>(settings, report, "dgemm", cblas_dgemm);
  gemm<float>(settings, report, "sgemm", cblas_sgemm);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("What this machine can do at all: ZeroMQ, memory and matrix products.");
  Settings settings;
  app.add_flag("--json", settings.json, "one JSON object a line: suite, case, value, unit");
  app.add_option("--case", settings.cases,
                 "ping, rate, stream, read, copy, memcpy, dgemm, sgemm; all when not given");
  app.add_option("--gigabytes", settings.gigabytes, "size of the memory that is read and copied")
      ->check(CLI::Range(1, 64));
  app.add_option("--runs", settings.runs, "the best of this many counts")
      ->check(CLI::Range(1, 100));
  CLI11_PARSE(app, argc, argv);
  try {
    run(settings);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench-limits: {}\n", error.what());
    return 1;
  }
  return 0;
}
