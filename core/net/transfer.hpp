#pragma once

// The data plane's protocol without sockets: serving and fetching values in pieces, under byte
// credits. Workers use both sides, clients the fetching and putting side. Over connections that
// share memory values are passed whole, by pointer.
//
// Whoever asks sends GetData; DataHeader and the pieces come back, and DataCredit goes out as they
// arrive. Whoever puts sends PutData, DataHeader and the pieces, takes DataCredit, and is told by
// PutDone. Per request no more than the credit is under way, so a peer that stops reading holds
// references to values, never copies of them.
//
// Bytes from the other side are never believed: sizes are bounded before anything is allocated,
// memory is taken frame by frame as pieces arrive (64-byte aligned), and a piece that is not the
// next one, an unknown request, or a record that does not belong here is an error naming it. An
// object belongs to one thread.

#include <core/net/transport.hpp>
#include <core/wire/messages.hpp>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>

namespace tartan::net {

inline constexpr std::size_t kPieceBytes = 1 << 20;      ///< largest bulk frame sent
inline constexpr std::size_t kDefaultCredit = 16 << 20;  ///< bytes under way per request

/// What one peer may ask of us.
struct TransferLimits {
  std::uint64_t request_bytes = std::uint64_t{64} << 30;  ///< announced for one request
  std::size_t requests = 64;                              ///< at the same time, gets and puts
};
/// Requests a TransferClient has under way; more wait their turn.
inline constexpr std::size_t kRequestsUnderWay = 8;

/// Answers GetData and takes PutData for any number of peers.
class TransferServer {
 public:
  using Lookup = std::function<std::optional<Value>(Key)>;
  /// Values put by a client; the string refuses them (no room) when not empty.
  using Accept = std::function<std::string(const std::vector<std::pair<Key, Value>>&)>;

  TransferServer(Lookup lookup, Accept accept, bool shares_memory, TransferLimits limits = {});
  ~TransferServer();

  /// An error means the peer broke the protocol: drop it.
  Result<> on_envelope(PeerId from, const Envelope& envelope);
  void on_gone(PeerId peer);
  std::vector<Outgoing> take_outgoing();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// One side's requests to one server.
class TransferClient {
 public:
  struct Fetched {
    std::uint64_t request = 0;
    std::vector<std::pair<Key, Value>> values;
    std::vector<Key> missing;
  };
  struct Stored {
    std::uint64_t request = 0;
    std::vector<Key> keys;  ///< those taken: all, or with a refusal perhaps some
    std::vector<std::uint64_t> nbytes;
    std::string refused;
  };

  explicit TransferClient(bool shares_memory, TransferLimits limits = {});
  ~TransferClient();
  TransferClient(TransferClient&&) noexcept;
  TransferClient& operator=(TransferClient&&) noexcept;

  /// request numbers are the caller's, distinct per TransferClient over gets and puts.
  void get(std::uint64_t request, std::vector<Key> keys);
  void put(std::uint64_t request, const std::vector<std::pair<Key, Value>>& values);
  /// An error means the server broke the protocol: close the connection, ask elsewhere.
  Result<> on_envelope(const Envelope& envelope);

  std::vector<Envelope> take_outgoing();
  std::vector<Fetched> take_fetched();
  std::vector<Stored> take_stored();
  /// Requests not yet complete, in order: what fails when the connection does.
  std::vector<std::uint64_t> pending() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tartan::net
