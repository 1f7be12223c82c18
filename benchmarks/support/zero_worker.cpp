#include <benchmarks/support/zero_worker.hpp>
#include <core/net/transport.hpp>
#include <core/wire/codec.hpp>

namespace tartan::benchmarks {
namespace {

using std::chrono::milliseconds;

void answer(const wire::ComputeTasks& tasks, wire::FrameWriter& frame) {
  static const std::vector<std::byte> zero = wire::pack_value(Value::of(std::int64_t{0}));
  wire::TasksFinished finished;
  finished.attempts = tasks.attempts;
  finished.nbytes.assign(tasks.size(), sizeof(std::int64_t));
  finished.duration_ns.assign(tasks.size(), 1);
  for (std::size_t i = 0; i < tasks.size(); ++i) finished.inline_values.push_back(zero);
  frame.add(std::move(finished));
}

}  // namespace

ZeroWorker::ZeroWorker(std::string scheduler, int threads)
    : thread_([this, scheduler = std::move(scheduler), threads] { run(scheduler, threads); }) {}

ZeroWorker::~ZeroWorker() {
  stop_ = true;
  thread_.join();
}

void ZeroWorker::run(const std::string& scheduler, int threads) {
  net::Loop loop;
  auto channel = loop.connect(scheduler, net::Plane::control).value();
  wire::Hello hello;
  hello.role = wire::Role::worker;
  hello.name = "zero";
  hello.incarnation = unique_key();
  hello.data_address = "tcp://127.0.0.1:9";  // never asked: results ride in the messages
  hello.nthreads = static_cast<std::uint32_t>(threads);
  wire::FrameWriter frame;
  frame.add(hello);
  Time next_heartbeat = std::chrono::steady_clock::now() + milliseconds(500);
  while (!stop_) {
    loop.wait(std::chrono::steady_clock::now() + milliseconds(100));
    net::Envelope envelope;
    while (channel->receive(envelope)) {
      const auto messages = wire::decode(envelope.control);
      if (!messages) continue;
      for (const wire::Message& message : *messages) {
        if (const auto* tasks = std::get_if<wire::ComputeTasks>(&message)) answer(*tasks, frame);
        if (const auto* question = std::get_if<wire::ReportState>(&message)) {
          frame.add(wire::StateReport{{}, {}, {}, question->request});
        }
      }
    }
    if (std::chrono::steady_clock::now() > next_heartbeat) {
      frame.add(wire::WorkerHeartbeat{});
      next_heartbeat += milliseconds(500);
    }
    if (frame.empty()) continue;
    net::Envelope out{frame.take(), {}, {}};
    while (channel->send(out) == net::Sent::full && !stop_) loop.wait(Time::clock::now());
  }
}

}  // namespace tartan::benchmarks
