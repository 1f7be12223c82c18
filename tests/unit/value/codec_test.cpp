#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <tartan/value/value.hpp>

using namespace tartan;

namespace {

enum class Colour : std::uint8_t { red = 1, blue = 7 };

struct Empty {};

struct Tree {
  std::vector<Tree> children;
  friend bool operator==(const Tree&, const Tree&) = default;
};

}  // namespace

template <>
struct tartan::Codec<Empty> {
  static std::string name() { return "test::Empty"; }
  static void encode(const Empty&, Writer&) {}
  static Empty decode(Reader&) { return {}; }
};

template <>
struct tartan::Codec<Tree> {
  static std::string name() { return "test::Tree"; }
  static void encode(const Tree& tree, Writer& writer) {
    writer.length(tree.children.size());
    for (const Tree& child : tree.children) writer.put(child);
  }
  static Tree decode(Reader& reader) {
    Tree tree;
    for (std::size_t left = reader.count(); left > 0; --left) {
      tree.children.push_back(reader.get<Tree>());
    }
    return tree;
  }
};

namespace {

/// The value after a journey as bytes, through memory that is not the object's.
template <class T>
T travelled(const T& object) {
  Encoded sent = Value::of(object).encode();
  Encoded arrived{sent.type, {}};
  for (const Buffer& frame : sent.frames) arrived.frames.push_back(Buffer::copy(frame.bytes()));
  return Value::from_encoded(std::move(arrived)).template get<T>();
}

template <class T>
void check_travels(const T& object) {
  CHECK(travelled(object) == object);
}

template <class T>
Errc decode_error(Encoded encoded) {
  encoded.type = type_info<T>().id;
  try {
    static_cast<void>(Value::from_encoded(std::move(encoded)).template get<T>());
  } catch (const Exception& error) {
    return error.code();
  }
  return Errc{};
}

Encoded with_header(std::vector<std::uint8_t> bytes) {
  return Encoded{1, {Buffer::copy(std::as_bytes(std::span(bytes)))}};
}

using Everything =
    std::tuple<std::vector<double>, std::map<std::string, std::vector<int>>, std::optional<bool>,
               std::unordered_map<int, std::string>, std::set<std::string>,
               std::vector<std::vector<float>>, std::array<std::pair<int, Colour>, 3>>;

Everything everything() {
  Everything all;
  std::get<0>(all).assign(500, 0.25);
  std::get<1>(all) = {{"a", {1, 2}}, {"", {}}};
  std::get<2>(all) = true;
  std::get<3>(all) = {{3, "three"}, {1, std::string(2000, 'x')}};
  std::get<4>(all) = {"x", "y"};
  std::get<5>(all) = {{}, std::vector<float>(300, 1.5F), {2}};
  std::get<6>(all) = {{{1, Colour::red}, {2, Colour::blue}, {3, Colour::red}}};
  return all;
}

}  // namespace

TEST_CASE("every standard type comes back as it was sent") {
  check_travels(true);
  check_travels('c');
  check_travels<std::int8_t>(-128);
  check_travels<std::uint64_t>(std::numeric_limits<std::uint64_t>::max());
  check_travels(3.25F);
  check_travels(-0.0);
  check_travels(Colour::blue);
  check_travels(std::monostate());
  check_travels(std::string());
  check_travels(std::string("with\0zero", 9));
  check_travels(std::string(100'000, 'x'));
  check_travels(std::vector<int>());
  check_travels(std::vector<int>{1, 2, 3});
  check_travels(std::vector<double>(10'000, 1.5));
  check_travels(std::vector<bool>{true, false, true});
  check_travels(std::vector<std::string>{"a", "", std::string(5000, 'y')});
  check_travels(std::vector<std::monostate>(40));
  check_travels(std::array<float, 3>{1, 2, 3});
  check_travels(std::array<std::string, 2>{"a", "b"});
  check_travels(std::array<int, 0>());
  check_travels(std::pair<int, std::string>(1, "b"));
  check_travels(std::tuple<>());
  check_travels(std::tuple<int, std::string, double>(1, "b", 2.5));
  check_travels(std::optional<std::string>());
  check_travels(std::optional<std::string>("here"));
  check_travels(std::map<std::string, int>{{"a", 1}, {"b", 2}});
  check_travels(std::unordered_map<std::string, int>{{"a", 1}, {"b", 2}});
  check_travels(std::set<int>{3, 1, 2});
  check_travels(everything());
}

TEST_CASE("more rows than frames are allowed still come back") {
  check_travels(
      std::vector<std::vector<double>>(2 * Writer::kMaxFrames, std::vector<double>(128, 0.5)));
}

TEST_CASE("type names are the same whatever the compiler calls the types") {
  CHECK(type_info<std::vector<double>>().name == "vector<float64>");
  CHECK(type_info<long>().name == "int64");
  CHECK(type_info<long long>().id == type_info<long>().id);
  CHECK(type_info<std::map<std::string, std::array<std::uint8_t, 4>>>().name ==
        "map<string,array<uint8,4>>");
  CHECK(type_info<std::tuple<int, std::optional<bool>>>().name == "tuple<int32,optional<bool>>");
}

TEST_CASE("a large vector is sent from its own memory") {
  const Value value = Value::of(std::vector<double>(1000, 1.0));
  const Encoded encoded = value.encode();
  REQUIRE(encoded.frames.size() == 2);
  const auto* memory = reinterpret_cast<const std::byte*>(value.get<std::vector<double>>().data());
  CHECK(encoded.frames[1].data() == memory);
  CHECK(encoded.frames[1].size() == 8000);
}

TEST_CASE("a bulk frame keeps the object alive after its value is gone") {
  Encoded encoded = Value::of(std::vector<int>(1000, 7)).encode();
  CHECK(Value::from_encoded(encoded).get<std::vector<int>>() == std::vector<int>(1000, 7));
}

TEST_CASE("equal unordered maps have equal bytes") {
  std::unordered_map<int, int> up;
  std::unordered_map<int, int> down(1000);
  for (int i = 0; i < 50; ++i) up[i] = i;
  for (int i = 49; i >= 0; --i) down[i] = i;
  CHECK(Value::of(up).encode().frames[0].text() == Value::of(down).encode().frames[0].text());
}

TEST_CASE("a length that the bytes cannot hold is refused before anything is allocated") {
  const std::vector<std::uint8_t> huge{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F};
  CHECK(decode_error<std::vector<double>>(with_header(huge)) == Errc::malformed);
  CHECK(decode_error<std::vector<std::string>>(with_header(huge)) == Errc::malformed);
  CHECK(decode_error<std::string>(with_header(huge)) == Errc::malformed);
  CHECK(decode_error<std::map<int, int>>(with_header(huge)) == Errc::malformed);
  CHECK(decode_error<std::vector<double>>(with_header(
            {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01})) == Errc::malformed);
}

TEST_CASE("bytes that no encoder wrote are refused") {
  CHECK(decode_error<int>(Encoded{}) == Errc::malformed);
  CHECK(decode_error<int>(with_header({1, 2, 3})) == Errc::malformed);
  CHECK(decode_error<int>(with_header({1, 2, 3, 4, 5})) == Errc::malformed);
  CHECK(decode_error<bool>(with_header({2})) == Errc::malformed);
  CHECK(decode_error<std::set<bool>>(with_header({2, 1, 1})) == Errc::malformed);
  Encoded frames = Value::of(std::vector<double>(1000, 1.0)).encode();
  frames.frames.push_back(Buffer::copy("one too many"));
  CHECK(decode_error<std::vector<double>>(frames) == Errc::malformed);
  frames.frames.resize(1);
  CHECK(decode_error<std::vector<double>>(frames) == Errc::malformed);
  frames.frames.push_back(Buffer::copy("another length"));
  CHECK(decode_error<std::vector<double>>(frames) == Errc::malformed);
}

TEST_CASE("nesting is limited, so that no bytes exhaust the stack") {
  check_travels(Tree{{Tree{}, Tree{{Tree{}}}}});
  CHECK(decode_error<Tree>(with_header(std::vector<std::uint8_t>(100'000, 1))) ==
        Errc::limit_exceeded);
}

TEST_CASE("a codec that writes nothing is found out when it encodes") {
  CHECK_THROWS_AS(Value::of(std::vector<Empty>(3)).encode(), Exception);
}

TEST_CASE("mutated bytes decode to something or throw, and never more") {
  const Encoded good = Value::of(everything()).encode();
  std::mt19937 random(20);
  int refused = 0;
  for (int round = 0; round < 4000; ++round) {
    Encoded bad = good;
    const std::size_t which = random() % bad.frames.size();
    std::string bytes(bad.frames[random() % 8 == 0 ? which : 0].text());
    for (std::size_t flips = 1 + random() % 4; flips > 0; --flips) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    if (random() % 4 == 0) bytes.resize(random() % (bytes.size() + 1));
    bad.frames[0] = Buffer::copy(bytes);
    if (random() % 16 == 0) bad.frames.erase(bad.frames.begin() + static_cast<long>(which));
    try {
      static_cast<void>(Value::from_encoded(bad).get<Everything>());
    } catch (const Exception&) {
      ++refused;
    }
  }
  CHECK(refused > 1000);
}
