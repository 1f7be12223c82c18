#pragma once

// Sockets as tartan sees them. A Loop belongs to one thread; that thread alone touches the loop's
// sockets. wake() is the only call other threads may make.
//
// Addresses: tcp://host:port and ipc://path go over ZeroMQ (a Listener is a ROUTER, a Channel a
// DEALER); local://name stays in this process and passes envelopes, values included, by pointer.
//
// A socket belongs to its loop's thread, and may be destroyed before or after the loop. The ZeroMQ
// context is one per process, made with the first tcp or ipc socket and ended with the last: its
// I/O thread must not cross a fork, so a process forks before it opens sockets, or execs.
//
// Large bulk frames are sent without a copy and arrive as Buffers owning ZeroMQ's memory, whose
// alignment is malloc's; the data plane (transfer.hpp) assembles them in aligned blocks.
//
// Nothing here promises delivery: an envelope may be lost when a connection breaks. The protocol
// above recovers by hello, heartbeat, digest and attempt id.

#include <core/wire/messages.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <tartan/base/buffer.hpp>
#include <tartan/base/error.hpp>
#include <tartan/base/time.hpp>
#include <tartan/value/value.hpp>
#include <vector>

namespace tartan::net {

/// One message: a control frame of records, raw bulk frames beside it, and, only over local://,
/// values by pointer.
struct Envelope {
  Buffer control;
  std::vector<Buffer> bulk;
  std::vector<Value> values;

  /// Control and bulk bytes; values travel as pointers and count nothing.
  std::size_t nbytes() const;
};

using PeerId = std::uint64_t;  ///< a connection as its Listener knows it; never reused

struct Outgoing {
  PeerId to = 0;
  Envelope envelope;
};

enum class Sent {
  ok,
  full,  ///< the high-water mark is reached; wait() returns when trying again makes sense
  gone,  ///< no such peer (any more)
};

/// What travels on a socket decides its limits.
enum class Plane {
  control,  ///< many small frames; at most 64 MiB each (graphs), ZMTP heartbeats on
  data,     ///< pieces of at most 4 MiB; small high-water mark, no ZMTP heartbeats
};

/// The side that waits for connections. What does not follow the transport's rules (too many or
/// too large frames, a peer that chose its own routing id) is dropped and logged.
class Listener {
 public:
  virtual ~Listener() = default;
  /// The address others connect to, with the port filled in.
  virtual const std::string& address() const = 0;
  virtual Sent send(PeerId to, Envelope& envelope) = 0;        ///< takes the envelope only when ok
  virtual bool receive(PeerId& from, Envelope& envelope) = 0;  ///< false: nothing is there
  /// For a peer that broke the protocol: what it sends from here on is thrown away, send()
  /// answers gone. A peer that is merely silent is not dropped: it could never come back.
  virtual void drop(PeerId peer) = 0;
  /// True when peers live in this process, so that values can be passed by pointer.
  virtual bool shares_memory() const = 0;
};

/// The side that connects. Connecting is asynchronous and repeated until it succeeds; what is
/// sent meanwhile is kept, up to the high-water mark. Over ZeroMQ a Channel cannot see that its
/// listener is gone: silence tells. Over local:// send() answers gone once the listener closed,
/// until another one opens under the same name.
class Channel {
 public:
  virtual ~Channel() = default;
  virtual Sent send(Envelope& envelope) = 0;
  virtual bool receive(Envelope& envelope) = 0;
  virtual bool shares_memory() const = 0;
};

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// tcp port 0 takes a free one, local://* a free name. address_in_use, refused (a non-loopback
  /// address without allow_remote: there are no keys yet), invalid_argument, io_error.
  Result<std::unique_ptr<Listener>> listen(const std::string& address, Plane plane,
                                           bool allow_remote = false);
  Result<std::unique_ptr<Channel>> connect(const std::string& address, Plane plane);
  /// Returns when a socket of this loop may have input, when one that answered full may take
  /// more, at the deadline, or after wake(). Later than the deadline by up to a millisecond.
  void wait(Time deadline);
  /// Any thread.
  void wake();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Lets this process open as many files as its hard limit allows; daemons call it at start.
void raise_file_limit();

}  // namespace tartan::net
