// How a worker comes by a task module: who is asked, what is believed, what is kept on disk.

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <worker/server/module_cache.hpp>
#include <worker/server/module_loader.hpp>
#include <worker/server/modules.hpp>

using namespace tartan;
using namespace tartan::worker;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Outcome = ModuleResult::Outcome;
namespace fs = std::filesystem;

namespace {

const Buffer kContent = Buffer::copy(std::string(250, 'm'));
const Key kModule = hash_bytes(kContent.bytes());

wire::ModulePiece piece(std::uint64_t offset, const Buffer& of = kContent, Key module = kModule) {
  return {module,
          of.size(),
          offset,
          of.slice(offset, std::min<std::size_t>(100, of.size() - offset)),
          {}};
}

/// A fetcher whose loader and scheduler are the test.
struct Desk {
  /// Until the scheduler is asked: the cache has nothing.
  void want_absent(Key module = kModule) {
    fetcher.want(module);
    REQUIRE(fetcher.take_orders().size() == 1);
    fetcher.on_result({module, Outcome::absent}, now);
  }
  std::vector<std::uint64_t> asked() {
    std::vector<std::uint64_t> offsets;
    for (const auto& question : fetcher.take_questions()) offsets.push_back(question.offset);
    return offsets;
  }
  void pass(Duration time) {
    now += time;
    if (now >= fetcher.next_deadline()) fetcher.tick(now);
  }

  ModuleFetcher fetcher{1000};
  Time now{100s};
};

using Offsets = std::vector<std::uint64_t>;

/// A folder that is gone at the end.
struct Folder {
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  std::string path = (fs::temp_directory_path() / unique_key().to_string()).string();
};

std::size_t files_in(const std::string& directory) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("the cache is looked into before the scheduler is asked, and only once") {
  Desk desk;
  desk.fetcher.want(kModule);
  desk.fetcher.want(kModule);
  const auto orders = desk.fetcher.take_orders();
  REQUIRE(orders.size() == 1);
  CHECK(orders[0].bytes == nullptr);
  CHECK(desk.asked().empty());
  desk.fetcher.on_result({kModule, Outcome::loaded}, desk.now);
  CHECK(desk.fetcher.take_settled() == std::vector{kModule});
  CHECK(desk.fetcher.trouble(kModule) == nullptr);
}

TEST_CASE("a module is asked for piece by piece and given to the loader when its hash is right") {
  Desk desk;
  desk.want_absent();
  CHECK(desk.asked() == Offsets{0});
  desk.fetcher.on_piece(piece(0), desk.now);
  CHECK(desk.asked() == Offsets{100});
  desk.fetcher.on_piece(piece(0), desk.now);    // twice
  desk.fetcher.on_piece(piece(200), desk.now);  // not its turn
  CHECK(desk.asked().empty());
  desk.fetcher.on_piece(piece(100), desk.now);
  desk.fetcher.on_piece(piece(200), desk.now);
  const auto orders = desk.fetcher.take_orders();
  REQUIRE(orders.size() == 1);
  REQUIRE(orders[0].bytes != nullptr);
  CHECK(hash_bytes(*orders[0].bytes) == kModule);
  CHECK(desk.fetcher.take_settled().empty());
  desk.fetcher.on_result({kModule, Outcome::loaded}, desk.now);
  CHECK(desk.fetcher.take_settled() == std::vector{kModule});
  CHECK_FALSE(desk.fetcher.wants(kModule));
}

TEST_CASE("a question without an answer is asked again, more and more patiently") {
  Desk desk;
  desk.want_absent();
  CHECK(desk.asked() == Offsets{0});
  desk.pass(1s);
  CHECK(desk.asked().empty());
  desk.pass(1s);
  CHECK(desk.asked() == Offsets{0});
  desk.pass(2s);
  CHECK(desk.asked().empty());
  desk.pass(2s);
  CHECK(desk.asked() == Offsets{0});
  desk.fetcher.on_piece(piece(0), desk.now);
  CHECK(desk.asked() == Offsets{100});
  desk.pass(2s);
  CHECK(desk.asked() == Offsets{100});
}

TEST_CASE("a module nobody says a word of is given up after two minutes, and then more quickly") {
  Desk desk;
  const auto asks_until_given_up = [&] {
    desk.want_absent();
    int asked = 0;
    while (desk.fetcher.wants(kModule) && asked < 100) {
      asked += static_cast<int>(desk.asked().size());
      desk.pass(1s);
    }
    CHECK(desk.fetcher.take_settled() == std::vector{kModule});
    return asked;
  };
  const Time before = desk.now;
  CHECK(asks_until_given_up() == 10);
  CHECK(desk.now - before == 126s);
  CHECK(desk.fetcher.next_deadline() == Time::max());
  const Error* why = desk.fetcher.trouble(kModule);
  REQUIRE(why != nullptr);
  CHECK(why->code() == Errc::unknown_function);
  CHECK_THAT(why->message(), Contains(kModule.to_string()) && Contains("10 times") &&
                                 Contains("126 s") && Contains("submit the task again"));
  CHECK(asks_until_given_up() == 3);
  desk.fetcher.on_piece(piece(0), desk.now);  // late
  CHECK(asks_until_given_up() == 10);
}

TEST_CASE("a module of which only other pieces come than were asked for is given up") {
  Desk desk;
  desk.want_absent();
  for (int second = 0; second < 126; ++second) {
    CHECK(desk.fetcher.wants(kModule));
    desk.fetcher.on_piece(piece(100), desk.now);
    desk.pass(1s);
  }
  CHECK_FALSE(desk.fetcher.wants(kModule));
}

TEST_CASE("a module that is on its way is waited for, however long it takes") {
  Desk desk;
  desk.want_absent();
  for (int minute = 0; minute < 60; ++minute) {
    desk.pass(60s);
    CHECK(desk.asked().size() >= 1);
    desk.fetcher.on_piece({kModule, 0, 0, {}, {}}, desk.now);
  }
  CHECK(desk.fetcher.wants(kModule));
  for (std::uint64_t offset : {0, 100, 200}) desk.fetcher.on_piece(piece(offset), desk.now);
  CHECK(desk.fetcher.take_orders().size() == 1);
}

TEST_CASE("bytes that are not the module are asked for again, three times") {
  Desk desk;
  const Buffer wrong = Buffer::copy(std::string(250, 'x'));
  desk.want_absent();
  for (int turn = 0; turn < 3; ++turn) {
    CHECK(desk.asked() == Offsets{0});
    for (std::uint64_t offset : {0, 100, 200}) {
      desk.fetcher.on_piece(piece(offset, wrong), desk.now);
      if (offset < 200) desk.asked();
    }
    CHECK(desk.fetcher.take_orders().empty());
  }
  CHECK(desk.fetcher.take_settled() == std::vector{kModule});
  REQUIRE(desk.fetcher.trouble(kModule) != nullptr);
  CHECK_THAT(desk.fetcher.trouble(kModule)->message(), Contains("damaged"));
}

TEST_CASE("one module is fetched at a time, and a refusal makes way for the next") {
  Desk desk;
  const Buffer other = Buffer::copy("another");
  const Key second = hash_bytes(other.bytes());
  desk.want_absent();
  desk.want_absent(second);
  CHECK(desk.asked().size() == 1);
  wire::ModulePiece refused;
  refused.module = kModule;
  refused.refused = "nobody has it";
  desk.fetcher.on_piece(refused, desk.now);
  CHECK(desk.fetcher.take_settled() == std::vector{kModule});
  CHECK(desk.fetcher.trouble(kModule)->message() == "nobody has it");
  CHECK(desk.asked() == Offsets{0});
  desk.fetcher.on_piece(piece(0, other, second), desk.now);
  CHECK(desk.fetcher.take_orders().size() == 1);
  // Perhaps somebody has it by now.
  desk.want_absent();
  CHECK(desk.asked() == Offsets{0});
}

TEST_CASE("a module above the limit is not fetched") {
  Desk desk;
  desk.want_absent();
  wire::ModulePiece large = piece(0);
  large.size = 1001;
  desk.fetcher.on_piece(large, desk.now);
  REQUIRE(desk.fetcher.trouble(kModule) != nullptr);
  CHECK(desk.fetcher.trouble(kModule)->code() == Errc::limit_exceeded);
}

TEST_CASE("what can never be used is not tried again; what failed is") {
  Desk desk;
  desk.fetcher.want(kModule);
  desk.fetcher.take_orders();
  desk.fetcher.on_result({kModule, Outcome::failed, Error(Errc::io_error, "disk full")}, desk.now);
  CHECK(desk.fetcher.take_settled().size() == 1);
  desk.fetcher.want(kModule);
  CHECK(desk.fetcher.take_orders().size() == 1);
  desk.fetcher.on_result({kModule, Outcome::unusable, Error(Errc::version_mismatch, "old")},
                         desk.now);
  CHECK(desk.fetcher.unusable(kModule)->message() == "old");
  desk.fetcher.want(kModule);
  CHECK(desk.fetcher.take_orders().empty());
}

TEST_CASE("why a module is not here is known until its next try has ended") {
  Desk desk;
  desk.fetcher.want(kModule);
  desk.fetcher.on_result({kModule, Outcome::failed, Error(Errc::io_error, "disk full")}, desk.now);
  desk.fetcher.want(kModule);
  REQUIRE(desk.fetcher.trouble(kModule) != nullptr);
  CHECK(desk.fetcher.trouble(kModule)->message() == "disk full");
  desk.fetcher.on_result({kModule, Outcome::loaded}, desk.now);
  CHECK(desk.fetcher.trouble(kModule) == nullptr);
}

TEST_CASE("another scheduler is not asked for what the last one's tasks needed") {
  Desk desk;
  desk.want_absent();
  desk.fetcher.forget_wishes();
  CHECK(desk.asked().empty());
  CHECK(desk.fetcher.next_deadline() == Time::max());
  desk.fetcher.on_piece(piece(0), desk.now);
  CHECK(desk.asked().empty());
}

TEST_CASE("a cached module is found by its hash in a directory of mode 0700") {
  const Folder folder;
  ModuleCache cache(folder.path);
  CHECK_FALSE(cache.find(kModule).value().has_value());
  const std::string path = cache.store(kModule, kContent.bytes()).value();
  CHECK(cache.find(kModule).value() == path);
  CHECK(ModuleCache(folder.path).find(kModule).value() == path);
  struct stat status {};
  REQUIRE(::stat(cache.directory().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
}

TEST_CASE("a damaged file in the cache is removed") {
  const Folder folder;
  ModuleCache cache(folder.path);
  const std::string path = cache.store(kModule, kContent.bytes()).value();
  std::fstream(path, std::ios::in | std::ios::out).seekp(100).put('x');
  CHECK_FALSE(cache.find(kModule).value().has_value());
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("a cache directory that others could write to is not used") {
  const Folder folder;
  ModuleCache cache(folder.path);
  fs::create_directory(cache.directory());
  ::chmod(cache.directory().c_str(), 0777);
  for (const auto& error :
       {cache.store(kModule, kContent.bytes()).error(), cache.find(kModule).error()}) {
    CHECK(error.code() == Errc::refused);
    CHECK_THAT(error.message(), Contains("0700") && Contains("--local-directory"));
  }
  fs::remove(cache.directory());
  fs::create_directory(folder.path + "/elsewhere");
  fs::create_symlink(folder.path + "/elsewhere", cache.directory());
  CHECK(cache.find(kModule).error().code() == Errc::refused);
  CHECK(files_in(folder.path + "/elsewhere") == 0);
  if (::geteuid() != 0) return;
  fs::remove(cache.directory());
  fs::create_directory(cache.directory());
  ::chmod(cache.directory().c_str(), 0700);
  REQUIRE(::chown(cache.directory().c_str(), 12345, 12345) == 0);
  CHECK_THAT(cache.find(kModule).error().message(), Contains("this user's own"));
}

TEST_CASE("two writers of one module do not get in each other's way") {
  const Folder folder;
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&] {
      ModuleCache cache(folder.path);
      for (int turn = 0; turn < 50; ++turn) {
        if (!cache.store(kModule, kContent.bytes())) std::abort();
        if (!cache.find(kModule).value()) std::abort();
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  CHECK(files_in(ModuleCache(folder.path).directory()) == 1);
}

TEST_CASE("the cache is bounded, and the least recently used file goes") {
  const Folder folder;
  ModuleCache cache(folder.path, 600);
  std::vector<Key> keys;
  std::vector<std::string> paths;
  for (const char letter : {'a', 'b', 'c'}) {
    const Buffer bytes = Buffer::copy(std::string(250, letter));
    keys.push_back(hash_bytes(bytes.bytes()));
    paths.push_back(cache.store(keys.back(), bytes.bytes()).value());
    // The file system's clock may be coarse.
    const auto age = fs::file_time_type::clock::now() - (letter == 'a' ? 20s : 10s);
    if (letter != 'c') fs::last_write_time(paths.back(), age);
  }
  CHECK_FALSE(cache.find(keys[0]).value().has_value());
  CHECK(cache.find(keys[1]).value().has_value());
  CHECK(cache.find(keys[2]).value().has_value());
}

TEST_CASE("a module that three processes died of is not loaded again") {
  const Folder folder;
  ModuleCache cache(folder.path);
  REQUIRE(cache.store(kModule, kContent.bytes()).has_value());
  for (int turn = 0; turn < 3; ++turn) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(cache.begin_loading(kModule) ? 0 : 1);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    // Others are not suspected.
    REQUIRE(cache.begin_loading(Key{1, 2}).has_value());
    cache.end_loading(Key{1, 2});
  }
  const auto refused = cache.begin_loading(kModule);
  REQUIRE_FALSE(refused.has_value());
  CHECK_THAT(refused.error().message(), Contains("died") && Contains(kModule.to_string()));
  cache.end_loading(kModule);
  CHECK(cache.begin_loading(kModule).has_value());
}

TEST_CASE("what is no module is not loaded, and says so") {
  const Folder folder;
  ModuleCache cache(folder.path);
  CHECK(perform(cache, {kModule, nullptr}).outcome == Outcome::absent);
  const auto bytes =
      std::make_shared<std::vector<std::byte>>(kContent.bytes().begin(), kContent.bytes().end());
  const ModuleResult result = perform(cache, {kModule, bytes});
  CHECK(result.outcome == Outcome::unusable);
  CHECK_THAT(result.why.message(), Contains("no task module"));
}

TEST_CASE("the loader answers every order") {
  const Folder folder;
  std::atomic<int> woken{0};
  ModuleLoader loader(folder.path, [&] { woken.fetch_add(1); });
  loader.submit({{kModule, nullptr}, {Key{1, 2}, nullptr}});
  std::vector<ModuleResult> done;
  while (done.size() < 2) {
    for (ModuleResult& result : loader.take_done()) done.push_back(std::move(result));
    std::this_thread::yield();
  }
  CHECK(done[0].module == kModule);
  CHECK(done[1].module == Key{1, 2});
  CHECK(done[1].outcome == Outcome::absent);
}
