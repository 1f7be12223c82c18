#include <catch2/catch.hpp>
#include <cstring>
#include <tartan/base/buffer.hpp>
#include <tartan/base/random.hpp>
#include <vector>

using tartan::Buffer;
using tartan::MutableBuffer;

TEST_CASE("blocks of every size are aligned, distinct and large enough") {
  std::vector<Buffer> kept;
  tartan::Random random(7);
  for (int i = 0; i < 400; ++i) {
    const std::size_t size = 1 + random.below(i % 20 == 0 ? 8'000'000 : 70'000);
    MutableBuffer block(size);
    REQUIRE(block.size() == size);
    REQUIRE(reinterpret_cast<std::uintptr_t>(block.data()) % tartan::kBufferAlignment == 0);
    std::memset(block.data(), i % 251, size);
    kept.push_back(std::move(block).freeze());
  }
  for (int i = 0; i < 400; ++i) {
    const auto& bytes = kept[static_cast<std::size_t>(i)];
    REQUIRE(bytes.bytes().front() == static_cast<std::byte>(i % 251));
    REQUIRE(bytes.bytes().back() == static_cast<std::byte>(i % 251));
  }
}

TEST_CASE("a dropped block is used again for the next of its size") {
  tartan::trim_pool();
  const std::byte* first = nullptr;
  {
    MutableBuffer block(100'000);
    first = block.data();
  }
  CHECK(tartan::pool_statistics().cached >= 100'000);
  MutableBuffer again(100'000);
  CHECK(again.data() == first);
  tartan::trim_pool();
  CHECK(tartan::pool_statistics().cached == 0);
}

TEST_CASE("the pool counts what is in use") {
  const auto before = tartan::pool_statistics().in_use;
  {
    const MutableBuffer block(5'000'000);
    CHECK(tartan::pool_statistics().in_use >= before + 5'000'000);
    CHECK(tartan::pool_statistics().in_use <= before + 5'000'000 + 5'000'000 / 8 + 64);
  }
  CHECK(tartan::pool_statistics().in_use == before);
}

TEST_CASE("a slice keeps the whole block alive") {
  Buffer slice;
  {
    const Buffer whole = Buffer::copy(std::string_view("tartan is woven"));
    slice = whole.slice(10, 5);
  }
  CHECK(slice.text() == "woven");
}

TEST_CASE("an empty buffer has no bytes and no owner") {
  const Buffer empty = MutableBuffer(0).freeze();
  CHECK(empty.empty());
  CHECK(Buffer::copy(std::string_view()).empty());
}

TEST_CASE("no more free blocks are kept than the limit allows") {
  const auto before = tartan::pool_limit();
  tartan::trim_pool();
  tartan::set_pool_limit(1'000'000);
  { MutableBuffer small(100'000), large(2'000'000); }
  CHECK(tartan::pool_statistics().cached >= 100'000);
  CHECK(tartan::pool_statistics().cached <= 1'000'000);
  tartan::set_pool_limit(before);
  tartan::trim_pool();
}
