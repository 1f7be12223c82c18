// Who is asked for a task module, what is kept of it, and who gets it.

#include <catch2/catch.hpp>
#include <scheduler/server/modules.hpp>
#include <scheduler/server/signatures.hpp>

using namespace tartan;
using namespace tartan::scheduler;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

constexpr ClientId kAnna = 1;
constexpr ClientId kBert = 2;
constexpr WorkerId kAlpha = 10;
constexpr WorkerId kBeta = 11;

Buffer content(std::size_t size, char letter = 'm') {
  return Buffer::copy(std::string(size, letter));
}

/// A book with small limits, and a module of 250 bytes in pieces of 100.
struct Desk {
  static ModuleLimits limits() {
    ModuleLimits limits;
    limits.module_bytes = 400;
    limits.total_bytes = 600;
    limits.piece_bytes = 100;
    return limits;
  }

  void name(ClientId client, Key module) { book.name(module, client, "m.so"); }
  void want(WorkerId worker, Key module, std::uint64_t offset = 0) {
    book.want(worker, {module, offset}, now);
    said();
  }
  /// The client answers one question with bytes of the content.
  void answer(ClientId client, Key module, const Buffer& of, std::uint64_t offset) {
    wire::ModulePart part;
    part.module = module;
    part.size = of.size();
    part.offset = offset;
    part.bytes = of.slice(offset, std::min<std::size_t>(100, of.size() - offset));
    book.take(client, part, now);
    said();
  }
  /// Answers all questions, as long as there are some, with bytes of the content.
  void bring(const Buffer& of) {
    while (!asked.empty()) {
      const auto [client, question] = asked.front();
      asked.erase(asked.begin());
      answer(client, question.module, of, question.offset);
    }
  }
  void pass(Duration time) {
    now += time;
    book.tick(now);
    said();
  }
  void said() {
    ModuleBook::Said more = book.take_said();
    asked.insert(asked.end(), more.asked.begin(), more.asked.end());
    kept.insert(kept.end(), more.kept.begin(), more.kept.end());
    pieces.insert(pieces.end(), more.pieces.begin(), more.pieces.end());
  }
  ModuleBook::Summary summary(Key module) const {
    for (const auto& one : book.summary()) {
      if (one.module == module) return one;
    }
    return {};
  }

  ModuleBook book{limits()};
  Time now{100s};
  std::vector<std::pair<ClientId, wire::ModuleAsked>> asked;
  std::vector<std::pair<ClientId, wire::ModuleKept>> kept;
  std::vector<std::pair<WorkerId, wire::ModulePiece>> pieces;
};

const Buffer kContent = content(250);
const Key kModule = hash_bytes(kContent.bytes());

}  // namespace

TEST_CASE("a module comes from a client once, and goes to every worker piece by piece") {
  Desk desk;
  CHECK_FALSE(desk.book.travels(kModule));
  desk.name(kAnna, kModule);
  CHECK(desk.book.travels(kModule));
  CHECK(desk.asked.empty());
  desk.want(kAlpha, kModule);
  REQUIRE(desk.asked.size() == 1);
  CHECK(desk.asked[0].first == kAnna);
  desk.want(kBeta, kModule);
  CHECK(desk.asked.size() == 1);
  desk.bring(kContent);
  REQUIRE(desk.pieces.size() == 2);
  std::string got;
  for (std::uint64_t offset : {0, 100, 200}) {
    desk.want(kAlpha, kModule, offset);
    const wire::ModulePiece& piece = desk.pieces.back().second;
    CHECK(piece.offset == offset);
    CHECK(piece.size == 250);
    got += piece.bytes.text();
  }
  CHECK(got == kContent.text());
  CHECK(desk.asked.empty());
  CHECK(desk.summary(kModule).uploads == 1);
  CHECK(desk.summary(kModule).downloads == 1);
}

TEST_CASE("a client that does not answer is passed over, and asked again in turn") {
  Desk desk;
  desk.name(kAnna, kModule);
  desk.name(kBert, kModule);
  desk.want(kAlpha, kModule);
  for (const ClientId expected : {kAnna, kBert, kAnna}) {
    REQUIRE(desk.asked.size() == 1);
    CHECK(desk.asked[0].first == expected);
    desk.asked.clear();
    desk.pass(1s);
    CHECK(desk.asked.empty());
    desk.pass(1s);
  }
  desk.bring(kContent);
  CHECK(desk.pieces.size() == 1);
}

TEST_CASE("a client that never answers is given up, until it names the module again") {
  Desk desk;
  desk.name(kAnna, kModule);
  desk.want(kAlpha, kModule);
  for (int turn = 0; turn < 60; ++turn) {
    CHECK(desk.pieces.empty());
    desk.pass(2s);
  }
  CHECK(desk.asked.size() == 60);
  REQUIRE(desk.pieces.size() == 1);
  CHECK_THAT(desk.pieces[0].second.refused, Contains("m.so") && Contains("client 1 ") &&
                                                Contains("60 times") && Contains("120 s") &&
                                                Contains("submit the task again"));
  desk.want(kBeta, kModule);
  CHECK(desk.asked.size() == 60);
  CHECK_FALSE(desk.pieces.back().second.refused.empty());
  desk.name(kAnna, kModule);
  desk.want(kBeta, kModule);
  CHECK(desk.asked.size() == 61);
}

TEST_CASE("a client that answers another question than it was asked is given up too") {
  Desk desk;
  desk.name(kAnna, kModule);
  desk.want(kAlpha, kModule);
  for (int turn = 0; turn < 60; ++turn) {
    desk.answer(kAnna, kModule, kContent, 100);
    desk.pass(2s);
  }
  REQUIRE(desk.pieces.size() == 1);
  CHECK_FALSE(desk.pieces[0].second.refused.empty());
}

TEST_CASE("a client that is slow is not given up") {
  Desk desk;
  const Buffer large = content(400);
  const Key module = hash_bytes(large.bytes());
  desk.name(kAnna, module);
  desk.want(kAlpha, module);
  for (std::uint64_t offset : {0, 100, 200, 300}) {
    for (int turn = 0; turn < 59; ++turn) desk.pass(2s);
    desk.answer(kAnna, module, large, offset);
  }
  REQUIRE(desk.pieces.size() == 1);
  CHECK(desk.pieces[0].second.refused.empty());
}

TEST_CASE("a worker that asks again for what is on its way is told so") {
  Desk desk;
  desk.name(kAnna, kModule);
  desk.want(kAlpha, kModule);
  desk.answer(kAnna, kModule, kContent, 0);
  CHECK(desk.pieces.empty());
  desk.want(kAlpha, kModule);
  REQUIRE(desk.pieces.size() == 1);
  CHECK(desk.pieces[0].second.size == 250);
  CHECK(desk.pieces[0].second.bytes.empty());
  CHECK(desk.pieces[0].second.refused.empty());
}

TEST_CASE("a part that comes twice, late or from somebody else changes nothing") {
  Desk desk;
  desk.name(kAnna, kModule);
  desk.name(kBert, kModule);
  desk.want(kAlpha, kModule);
  desk.answer(kBert, kModule, kContent, 0);
  CHECK(desk.summary(kModule).held == 0);
  desk.answer(kAnna, kModule, kContent, 0);
  desk.answer(kAnna, kModule, kContent, 0);
  CHECK(desk.summary(kModule).held == 100);
  desk.answer(kAnna, kModule, kContent, 100);
  desk.answer(kAnna, kModule, kContent, 0);
  CHECK(desk.summary(kModule).held == 200);
  desk.answer(kAnna, kModule, kContent, 200);
  CHECK(desk.summary(kModule).uploads == 1);
}

TEST_CASE("parts of two clients are not mixed") {
  Desk desk;
  desk.name(kAnna, kModule);
  desk.name(kBert, kModule);
  desk.want(kAlpha, kModule);
  desk.answer(kAnna, kModule, content(250, 'x'), 0);
  desk.asked.clear();
  desk.book.client_left(kAnna, desk.now);
  desk.said();
  REQUIRE(desk.asked.size() == 1);
  CHECK(desk.asked[0].first == kBert);
  CHECK(desk.asked[0].second.offset == 0);
  desk.bring(kContent);
  CHECK(desk.summary(kModule).uploads == 1);
}

TEST_CASE(
    "bytes that do not hash to the module's name are thrown away, and their client with them") {
  Desk desk;
  desk.name(kAnna, kModule);
  desk.name(kBert, kModule);
  desk.want(kAlpha, kModule);
  const Buffer wrong = content(250, 'x');
  for (std::uint64_t offset : {0, 100, 200}) desk.answer(kAnna, kModule, wrong, offset);
  CHECK(desk.pieces.empty());
  REQUIRE_FALSE(desk.asked.empty());
  CHECK(desk.asked.back().first == kBert);
  desk.asked.erase(desk.asked.begin(), desk.asked.end() - 1);
  for (std::uint64_t offset : {0, 100, 200}) desk.answer(kBert, kModule, wrong, offset);
  REQUIRE(desk.pieces.size() == 1);
  CHECK_THAT(desk.pieces[0].second.refused, Contains("m.so") && Contains("hash"));
  CHECK(desk.book.nbytes() == 0);
}

TEST_CASE("when nobody has a module any more, whoever wants it is told") {
  Desk desk;
  desk.name(kAnna, kModule);
  desk.want(kAlpha, kModule);
  desk.book.client_left(kAnna, desk.now);
  desk.said();
  REQUIRE(desk.pieces.size() == 1);
  CHECK(desk.pieces[0].first == kAlpha);
  CHECK_THAT(desk.pieces[0].second.refused, Contains("m.so") && Contains("has left"));
  desk.want(kBeta, kModule);
  CHECK_THAT(desk.pieces.back().second.refused, Contains("has left"));
  desk.want(kBeta, Key{1, 2});
  CHECK_THAT(desk.pieces.back().second.refused, Contains("submit the task again"));
}

TEST_CASE("what a client says that cannot bring its module reaches the worker") {
  Desk desk;
  desk.name(kAnna, kModule);
  desk.want(kAlpha, kModule);
  wire::ModulePart part;
  part.module = kModule;
  part.refused = "the file is gone";
  desk.book.take(kAnna, part, desk.now);
  desk.said();
  REQUIRE(desk.pieces.size() == 1);
  CHECK_THAT(desk.pieces[0].second.refused, Contains("the file is gone"));
}

TEST_CASE("an offered module is fetched at once, and outlives its client") {
  Desk desk;
  wire::ModulePart offer;
  offer.request = 5;
  offer.module = kModule;
  offer.name = "m.so";
  offer.size = kContent.size();
  desk.book.offer(kAnna, offer, desk.now);
  desk.book.offer(kAnna, offer, desk.now);  // repeated, because no answer came yet
  desk.said();
  REQUIRE(desk.asked.size() == 1);
  desk.bring(kContent);
  REQUIRE(desk.kept.size() == 1);
  CHECK(desk.kept[0].second.request == 5);
  CHECK(desk.kept[0].second.refused.empty());
  desk.book.offer(kAnna, offer, desk.now);
  desk.said();
  CHECK(desk.kept.size() == 2);
  desk.book.client_left(kAnna, desk.now);
  desk.want(kAlpha, kModule);
  REQUIRE(desk.pieces.size() == 1);
  CHECK(desk.pieces[0].second.refused.empty());
}

TEST_CASE("a module above the limit is refused, whatever its client said at first") {
  Desk desk;
  const Buffer large = content(401);
  wire::ModulePart offer;
  offer.request = 5;
  offer.module = hash_bytes(large.bytes());
  offer.size = large.size();
  desk.book.offer(kAnna, offer, desk.now);
  desk.said();
  REQUIRE(desk.kept.size() == 1);
  CHECK_THAT(desk.kept[0].second.refused, Contains("scheduler.module-limit"));
  desk.name(kAnna, offer.module);
  desk.want(kAlpha, offer.module);
  desk.bring(large);
  REQUIRE(desk.pieces.size() == 1);
  CHECK_THAT(desk.pieces[0].second.refused, Contains("scheduler.module-limit"));
  CHECK(desk.book.nbytes() == 0);
}

TEST_CASE("the least recently used modules make way, and come again when they are wanted") {
  Desk desk;
  std::vector<Buffer> contents;
  std::vector<Key> keys;
  for (const char letter : {'a', 'b', 'c'}) {
    contents.push_back(content(250, letter));
    keys.push_back(hash_bytes(contents.back().bytes()));
    desk.name(kAnna, keys.back());
  }
  for (std::size_t i : {0U, 1U, 0U, 2U, 1U}) {
    desk.want(kAlpha, keys[i]);
    desk.bring(contents[i]);
    CHECK(desk.book.nbytes() <= 600);
    CHECK(desk.pieces.back().second.module == keys[i]);
  }
  CHECK(desk.summary(keys[0]).uploads == 1);
  CHECK(desk.summary(keys[1]).uploads == 2);
  CHECK(desk.summary(keys[2]).uploads == 1);
}

TEST_CASE("transfers under way count, and the next waits for room") {
  Desk desk;
  const Buffer first = content(350, 'a');
  const Buffer second = content(350, 'b');
  const Key one = hash_bytes(first.bytes());
  const Key two = hash_bytes(second.bytes());
  desk.name(kAnna, one);
  desk.name(kBert, two);
  desk.want(kAlpha, one);
  desk.want(kBeta, two);
  desk.answer(kAnna, one, first, 0);
  desk.answer(kBert, two, second, 0);
  CHECK(desk.book.nbytes() == 350);
  desk.asked.erase(desk.asked.begin(), desk.asked.end() - 1);
  desk.bring(first);
  desk.pass(2s);
  desk.bring(second);
  REQUIRE(desk.pieces.size() == 2);
  CHECK(desk.pieces[1].first == kBeta);
  CHECK(desk.book.nbytes() == 350);
}

TEST_CASE("a module nobody waits for any more is not fetched to its end") {
  Desk desk;
  desk.name(kAnna, kModule);
  desk.want(kAlpha, kModule);
  desk.asked.clear();
  desk.book.worker_left(kAlpha);
  desk.answer(kAnna, kModule, kContent, 0);
  CHECK(desk.asked.empty());
  CHECK(desk.book.nbytes() == 0);
}

namespace {

FunctionRef function(Key module, std::uint64_t signature, bool local = false) {
  return {module, "N6tartan6detail11FunctionTagIXadL_Z1fvEEEE", signature, local};
}

wire::FunctionsKnown known(Key module, const std::string& signature, bool exact = false) {
  return {{module},
          {exact ? std::uint8_t{1} : std::uint8_t{0}},
          {function({}, 0).symbol},
          {hash_text(signature).lo},
          {signature},
          true};
}

const auto kNone_travels = [](Key) { return false; };

}  // namespace

TEST_CASE("a function that all workers know otherwise is objected to, with both signatures") {
  Signatures signatures;
  signatures.worker_joined(kAlpha);
  signatures.worker_joined(kBeta);
  signatures.learn_texts({"int32(int32)"});
  const FunctionRef wanted = function(Key{1, 1}, hash_text("int32(int32)").lo);
  CHECK(signatures.objection({wanted}, kNone_travels).empty());
  signatures.learn(kAlpha, known(Key{2, 2}, "float64(int32)"));
  // The other worker may have it as the graph does.
  CHECK(signatures.objection({wanted}, kNone_travels).empty());
  signatures.learn(kBeta, known(Key{2, 2}, "float64(int32)"));
  CHECK_THAT(signatures.objection({wanted}, kNone_travels),
             Contains("int32(int32)") && Contains("float64(int32)") && Contains("f"));
  // Its own module may be on its way.
  CHECK(signatures.objection({wanted}, [](Key) { return true; }).empty());
  CHECK(signatures.objection({function(Key{2, 2}, hash_text("float64(int32)").lo)}, kNone_travels)
            .empty());
  signatures.worker_left(kBeta);
  signatures.worker_left(kAlpha);
  CHECK(signatures.objection({wanted}, kNone_travels).empty());
}

TEST_CASE("a module's own signature counts alone, and stands for no other module") {
  Signatures signatures;
  signatures.worker_joined(kAlpha);
  signatures.learn(kAlpha, known(Key{2, 2}, "float64(int32)", true));
  const std::uint64_t other = hash_text("int32(int32)").lo;
  CHECK(signatures.objection({function(Key{1, 1}, other)}, kNone_travels).empty());
  CHECK_THAT(signatures.objection({function(Key{2, 2}, other)}, [](Key) { return true; }),
             Contains("float64(int32)"));
}

TEST_CASE("a worker with the right signature is enough") {
  Signatures signatures;
  signatures.worker_joined(kAlpha);
  signatures.worker_joined(kBeta);
  signatures.learn(kAlpha, known(Key{2, 2}, "float64(int32)"));
  signatures.learn(kBeta, known(Key{3, 3}, "int32(int32)"));
  CHECK(signatures.objection({function(Key{1, 1}, hash_text("int32(int32)").lo)}, kNone_travels)
            .empty());
}
