#pragma once

// Messages to bytes and back. Decoding takes any bytes: it charges one budget for elements,
// bytes and depth over the whole frame, checks every length against what remains, and returns an
// error rather than crash, hang or allocate more than a small multiple of the frame's size.

#include <core/wire/messages.hpp>
#include <tartan/base/error.hpp>
#include <tartan/graph/graph.hpp>
#include <tartan/value/value.hpp>

namespace tartan::wire {

/// Appends records to one frame.
class FrameWriter {
 public:
  FrameWriter();
  ~FrameWriter();
  FrameWriter(FrameWriter&&) noexcept;
  FrameWriter& operator=(FrameWriter&&) noexcept;

  void add(const Message& message);
  bool empty() const;
  std::size_t size() const;
  /// The frame; the writer starts over.
  Buffer take();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// One frame with one record.
Buffer encode(const Message& message);
/// All records of a frame; malformed or limit_exceeded says what is wrong and at which byte.
Result<std::vector<Message>> decode(const Buffer& frame);

/// Whether the frame's first record is one of actors' calls: those travel apart from others.
bool begins_with_actors(const Buffer& frame);

/// The record's name, e.g. "ComputeTasks", and a short rendering for logs and traces.
std::string_view kind_name(const Message& message);
std::string to_string(const Message& message);

/// The columnar graph frame; layout in docs/wire.md. Decoding runs Graph::validate.
Buffer encode_graph(const Graph& graph);
Result<Graph> decode_graph(const Buffer& frame);

/// A value in one run of bytes, for results small enough to ride in control records.
std::vector<std::byte> pack_value(const Value& value);
Result<Value> unpack_value(std::span<const std::byte> bytes);

}  // namespace tartan::wire
