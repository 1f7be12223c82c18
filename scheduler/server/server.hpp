#pragma once

// A scheduler in this process: one thread that owns the listening socket and the node. The daemon
// and the embedded cluster both start one.
//
// A turn is: take what has arrived (bounded, so that nobody's answers wait for everybody's
// questions), let time pass, send every peer one envelope. Work is batched by turn, never by
// timer: when nothing more has arrived, what there is goes out at once.
//
// start(), stop(), wait() and address() may be called from any thread but the server's own.

#include <functional>
#include <memory>
#include <scheduler/server/node.hpp>
#include <string>
#include <tartan/base/error.hpp>
#include <tartan/base/time.hpp>

namespace tartan::scheduler {

struct ServerConfig {
  std::string address = "tcp://127.0.0.1:8786";  ///< port 0: any; local://*: any name
  NodeConfig node = {};
  Duration idle_timeout{};    ///< ends after so long without clients and tasks; zero: never
  bool allow_remote = false;  ///< listen beyond loopback, without keys
  /// The server has ended, by stop() or by its idle timeout. Called on its thread.
  std::function<void(const std::string& reason)> on_ended = {};
};

class Server {
 public:
  /// Listens, and starts the server's thread. Errors are those of net::Loop::listen.
  static Result<std::unique_ptr<Server>> start(ServerConfig config);
  /// stop(), then waits for the thread.
  ~Server();

  /// Takes leave of clients and workers and ends the server's thread.
  void stop(const std::string& reason = "the scheduler was told to stop");
  /// Returns when the server has ended, with the reason.
  std::string wait();
  /// Where clients and workers connect.
  const std::string& address() const;
  /// The process's identity in Welcome.
  Key incarnation() const;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace tartan::scheduler
