#pragma once

// Payloads beside the records of an envelope: small ones stand in the records themselves, large
// ones follow as bulk frames, cut to the data plane's frame limit. The records say how many bytes
// belong to which payload. Used by both ends of an actor's calls.

#include <core/net/transport.hpp>

namespace tartan::net {

/// Payloads above this size go beside the records.
inline constexpr std::size_t kInlinePayload = 16 << 10;
/// The largest payload: it fits one message of the data plane.
inline constexpr std::size_t kMostPayload = 15 << 20;
/// An envelope with so much in it is sent, and another begun.
inline constexpr std::size_t kEnvelopePayload = 2 << 20;
inline constexpr std::size_t kEnvelopePayloadFrames = 128;

/// Whether so many bytes more may join the payloads there are.
inline bool payload_fits(std::size_t bytes, std::size_t frames, std::size_t more) {
  return bytes == 0 || (bytes + more <= kEnvelopePayload && frames < kEnvelopePayloadFrames);
}

/// Appends the payload, without copying it.
void append_payload(std::vector<Buffer>& bulk, const Buffer& payload);

/// Takes payloads from an envelope in the order they were appended.
class PayloadReader {
 public:
  explicit PayloadReader(const Envelope& envelope) : bulk_(envelope.bulk) {}
  /// malformed when less is left.
  Result<Buffer> take(std::uint64_t bytes);

 private:
  const std::vector<Buffer>& bulk_;
  std::size_t frame_ = 0;
};

}  // namespace tartan::net
