#include <fmt/format.h>
#include <lz4frame.h>
#include <memory>
#include <utility>
#include <worker/store/compression.hpp>

namespace tartan::worker {

namespace {

using Decoder = std::unique_ptr<LZ4F_dctx, LZ4F_errorCode_t (*)(LZ4F_dctx*)>;

Error bad(const char* what) {
  return {Errc::malformed, fmt::format("the compressed bytes {}", what)};
}

std::optional<Buffer> compress(const Buffer& frame) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.contentSize = frame.size();
  preferences.frameInfo.blockSizeID = LZ4F_max4MB;
  MutableBuffer packed(LZ4F_compressFrameBound(frame.size(), &preferences));
  const std::size_t size =
      LZ4F_compressFrame(packed.data(), packed.size(), frame.data(), frame.size(), &preferences);
  if (LZ4F_isError(size) != 0) return std::nullopt;
  return std::move(packed).freeze().slice(0, size);
}

Result<Buffer> decompress(const Buffer& packed) {
  LZ4F_dctx* made = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&made, LZ4F_VERSION)) != 0) {
    return Error(Errc::out_of_memory, "there is no memory for an LZ4 decoder");
  }
  const Decoder decoder(made, LZ4F_freeDecompressionContext);
  LZ4F_frameInfo_t info{};
  std::size_t read = packed.size();
  if (LZ4F_isError(LZ4F_getFrameInfo(decoder.get(), &info, packed.data(), &read)) != 0) {
    return bad("do not begin as an LZ4 frame does");
  }
  // LZ4 makes nothing more than 255 times smaller.
  if (info.contentSize / 256 > packed.size()) return bad("claim more than they can hold");
  MutableBuffer frame(info.contentSize);
  std::size_t written = 0;
  for (std::size_t hint = 1; hint != 0;) {
    std::size_t room = frame.size() - written;
    std::size_t taken = packed.size() - read;
    hint = LZ4F_decompress(decoder.get(), frame.data() + written, &room, packed.data() + read,
                           &taken, nullptr);
    if (LZ4F_isError(hint) != 0) return bad("are no LZ4 frame");
    if (hint != 0 && room == 0 && taken == 0) return bad("end too soon");
    written += room;
    read += taken;
  }
  if (written != frame.size()) return bad("hold less than they claim");
  return std::move(frame).freeze();
}

}  // namespace

std::optional<Encoded> compress(const Encoded& encoded) {
  Encoded packed{encoded.type, {}};
  std::size_t before = 0;
  std::size_t after = 0;
  for (const Buffer& frame : encoded.frames) {
    std::optional<Buffer> smaller = compress(frame);
    if (!smaller) return std::nullopt;
    before += frame.size();
    after += smaller->size();
    packed.frames.push_back(std::move(*smaller));
  }
  if (after > before - before / 10) return std::nullopt;
  return packed;
}

Result<Encoded> decompress(const Encoded& packed) {
  Encoded encoded{packed.type, {}};
  for (const Buffer& frame : packed.frames) {
    Result<Buffer> larger = decompress(frame);
    if (!larger) return larger.error();
    encoded.frames.push_back(std::move(*larger));
  }
  return encoded;
}

}  // namespace tartan::worker
