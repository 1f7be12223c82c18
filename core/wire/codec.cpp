// Frames of records: the entry points. What a record looks like is in fields.hpp, how it is
// written and read in encoder.hpp, decoder.hpp and tokens.hpp.

#include <core/wire/check.hpp>
#include <core/wire/codec.hpp>
#include <core/wire/decoder.hpp>
#include <core/wire/encoder.hpp>
#include <fmt/format.h>

namespace tartan::wire {

#define TARTAN_RECORD(struct_name, number) +1
static_assert(std::variant_size_v<Message> == 0
#include <core/wire/kinds.def>
              ,
              "every message has exactly one line in kinds.def");
#undef TARTAN_RECORD

struct FrameWriter::Impl {
  ByteSink sink;
};

FrameWriter::FrameWriter() : impl_(std::make_unique<Impl>()) {}
FrameWriter::~FrameWriter() = default;
FrameWriter::FrameWriter(FrameWriter&&) noexcept = default;
FrameWriter& FrameWriter::operator=(FrameWriter&&) noexcept = default;

void FrameWriter::add(const Message& message) {
  Encoder encoder(impl_->sink);
  std::visit([&](const auto& m) { encoder.record(m); }, message);
}

bool FrameWriter::empty() const { return impl_->sink.size() == 0; }
std::size_t FrameWriter::size() const { return impl_->sink.size(); }
Buffer FrameWriter::take() { return impl_->sink.take(); }

Buffer encode(const Message& message) {
  ByteSink sink;
  Encoder encoder(sink);
  std::visit([&](const auto& m) { encoder.record(m); }, message);
  return sink.take();
}

namespace {

/// Appends the record's message; what is wrong with it otherwise, without saying where.
template <class M>
Result<> decode_as(Decoder& decoder, std::vector<Message>& messages) {
  M& message = std::get<M>(messages.emplace_back(std::in_place_type<M>));
  decoder.record(message);
  if (decoder.failed()) return Error(decoder.code(), decoder.complaint());
  return check(message);
}

Result<> decode_record(Decoder& decoder, std::uint32_t kind, std::vector<Message>& messages) {
  switch (kind) {
#define TARTAN_RECORD(struct_name, number) \
  case number:                             \
    return decode_as<struct_name>(decoder, messages);
#include <core/wire/kinds.def>
#undef TARTAN_RECORD
    default:
      return Error(Errc::malformed,
                   fmt::format("kind {} is not known to protocol {}", kind, kProtocolVersion));
  }
}

std::string_view name_of(std::uint32_t kind) {
  switch (kind) {
#define TARTAN_RECORD(struct_name, number) \
  case number:                             \
    return #struct_name;
#include <core/wire/kinds.def>
#undef TARTAN_RECORD
    default:
      return "record";
  }
}

}  // namespace

bool begins_with_actors(const Buffer& frame) {
  // [kind, field, ...] with less than 16 entries, and a kind below 128.
  if (frame.size() < 2) return false;
  const auto head = std::to_integer<std::uint32_t>(frame.bytes()[0]);
  const auto kind = std::to_integer<std::uint32_t>(frame.bytes()[1]);
  return (head & 0xF0U) == 0x90U &&
         (kind == Kind<ActorCall>::number || kind == Kind<ActorReply>::number ||
          kind == Kind<ActorAck>::number);
}

Result<std::vector<Message>> decode(const Buffer& frame) {
  std::vector<Message> messages;
  std::vector<Token> tokens;
  Budget budget = Budget::for_frame(frame.size());
  std::size_t offset = 0;
  while (offset < frame.size()) {
    const std::size_t begin = offset;
    tokens.clear();
    if (auto ok = parse_tokens(frame.bytes(), offset, budget, tokens); !ok) return ok.error();
    Decoder decoder(frame, tokens, budget);
    const std::uint32_t kind = decoder.kind();
    if (kind == 0) {
      return Error(
          Errc::malformed,
          fmt::format("record at byte {} of {} does not start with its kind", begin, frame.size()));
    }
    if (!budget.charge(1, sizeof(Message))) {
      return Error(Errc::limit_exceeded,
                   fmt::format("record at byte {} of {} exceeds the frame's budget of {} bytes",
                               begin, frame.size(), budget.limit()));
    }
    if (auto ok = decode_record(decoder, kind, messages); !ok) {
      return Error(ok.error().code(), fmt::format("{} at byte {} of {}: {}", name_of(kind), begin,
                                                  frame.size(), ok.error().message()));
    }
  }
  return messages;
}

}  // namespace tartan::wire
