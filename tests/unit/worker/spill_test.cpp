// Values on disk: their files, the store's choices, and the thread that reads and writes.

#include <catch2/catch.hpp>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sys/resource.h>
#include <tartan/base/random.hpp>
#include <unistd.h>
#include <worker/store/compression.hpp>
#include <worker/store/pressure.hpp>
#include <worker/store/spill_file.hpp>
#include <worker/store/spiller.hpp>
#include <worker/store/store.hpp>

using namespace tartan;
using namespace tartan::worker;
namespace fs = std::filesystem;

namespace {

Key key(const std::string& text) { return hash_text(text); }

/// A directory of the test's own.
class Folder {
 public:
  Folder() {
    std::string made = (fs::temp_directory_path() / "spill-test-XXXXXX").string();
    REQUIRE(::mkdtemp(made.data()) != nullptr);
    path = made;
  }
  ~Folder() { fs::remove_all(path); }
  std::string file(const char* name) const { return (path / name).string(); }
  std::vector<fs::path> files() const {
    std::vector<fs::path> all;
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      if (entry.path().extension() == ".value") all.push_back(entry.path());
    }
    return all;
  }
  fs::path path;
};

void flip_byte(const std::string& path, std::uint64_t offset) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  char byte = 0;
  file.get(byte);
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(static_cast<char>(byte ^ 0x10));
}

template <class T>
void check_round_trip(const T& object) {
  Folder folder;
  Value value = Value::of(object);
  REQUIRE(write_spill_file(folder.file("v"), key("k"), value.encode()));
  CHECK(fs::file_size(folder.file("v")) == spill_file_bytes(value.encode()));
  auto read = read_spill_file(folder.file("v"), key("k"));
  REQUIRE(read);
  for (const Buffer& frame : read->encode().frames) {
    CHECK(reinterpret_cast<std::uintptr_t>(frame.data()) % kBufferAlignment == 0);
  }
  fs::remove(folder.file("v"));
  CHECK(read->get<T>() == object);
}

/// Waits for the spiller's results.
class Desk {
 public:
  explicit Desk(SpillConfig config) : spiller(std::move(config), [this] { wake(); }) {}

  std::vector<DiskResult> perform(std::vector<DiskOrder> orders, std::size_t results) {
    spiller.submit(orders);
    std::vector<DiskResult> done;
    std::unique_lock lock(mutex_);
    while (done.size() < results) {
      spiller.take_done(done);
      if (done.size() >= results) break;
      woken_.wait(lock, [this] { return std::exchange(news_, false); });
    }
    return done;
  }
  Spiller spiller;

 private:
  void wake() {
    std::lock_guard lock(mutex_);
    news_ = true;
    woken_.notify_all();
  }
  std::mutex mutex_;  // guards news_
  std::condition_variable woken_;
  bool news_ = false;
};

std::string text_of(std::size_t size) { return std::string(size, 'x'); }
constexpr std::size_t kLarge = 100'000;
Value large() { return Value::of(text_of(kLarge)); }
DiskOrder write_order(const char* name, std::uint64_t file, Value value) {
  return {DiskTask::write, key(name), file, std::move(value)};
}

/// What the spiller would do, at once and in memory.
void perform(Store& store) {
  static std::map<std::uint64_t, Value> disk;
  for (DiskOrder& order : store.take_orders()) {
    if (order.task == DiskTask::write) disk[order.file] = order.value;
    if (order.task == DiskTask::write) store.on_written({DiskTask::write, order.key, order.file});
    if (order.task == DiskTask::read) store.on_read(order.key, order.file, disk.at(order.file));
    if (order.task == DiskTask::remove) disk.erase(order.file);
  }
}

}  // namespace

// ---- files ------------------------------------------------------------------------------------

TEST_CASE("values of many kinds come back from their files, aligned, even when those are gone") {
  check_round_trip(42);
  check_round_trip(std::string());
  check_round_trip(std::string("short"));
  check_round_trip(text_of(5'000'001));
  check_round_trip(std::vector<double>(300'000, 1.5));
  check_round_trip(std::vector<std::string>{text_of(2000), "", text_of(70'000)});
  check_round_trip(std::map<std::string, std::vector<float>>{{"a", std::vector<float>(999, 2.F)}});
}

TEST_CASE("compressed values come back, and are left as they are where that saves nothing") {
  Folder folder;
  Desk desk({folder.path.string(), 0, true});
  const std::vector<double> plain(300'000, 1.5);
  std::string random(300'000, ' ');
  Random source(7);
  for (char& byte : random) byte = static_cast<char>(source.next());
  auto done = desk.perform({write_order("plain", 1, Value::of(plain)),
                            write_order("random", 2, Value::of(random)),
                            {DiskTask::read, key("plain"), 1},
                            {DiskTask::read, key("random"), 2}},
                           4);
  for (const DiskResult& result : done) CHECK(result.problem == "");
  CHECK(done[2].value.get<std::vector<double>>() == plain);
  CHECK(done[3].value.get<std::string>() == random);
  for (const fs::path& file : folder.files()) {
    const bool is_plain = file.filename() == "1.value";
    CHECK((fs::file_size(file) < random.size()) == is_plain);
  }
}

TEST_CASE("compressed bytes that are damaged never give a value") {
  const Encoded packed = *compress(large().encode());
  REQUIRE(decompress(packed));
  for (std::size_t frame = 0; frame < packed.frames.size(); ++frame) {
    const Buffer& good = packed.frames[frame];
    for (std::size_t size = 0; size < good.size(); ++size) {
      Encoded cut = packed;
      cut.frames[frame] = good.slice(0, size);
      CHECK_FALSE(decompress(cut));
    }
  }
}

TEST_CASE("a value without frames comes back without frames") {
  Folder folder;
  REQUIRE(write_spill_file(folder.file("v"), key("k"), Encoded{77, {}}));
  auto read = read_spill_file(folder.file("v"), key("k"));
  REQUIRE(read);
  CHECK(read->type() == 77);
  CHECK(read->encode().frames.empty());
}

TEST_CASE("a flipped bit anywhere in a file is detected") {
  Folder folder;
  Encoded encoded = large().encode();
  std::uint64_t size = spill_file_bytes(encoded);
  for (std::uint64_t offset :
       {0UL, 9UL, 13UL, 17UL, 30UL, 41UL, 50UL, 60UL, 65UL, 100UL, 70'000UL, size - 1}) {
    std::string path = folder.file("v");
    REQUIRE(write_spill_file(path, key("k"), encoded));
    REQUIRE(read_spill_file(path, key("k")));
    flip_byte(path, offset);
    auto read = read_spill_file(path, key("k"));
    INFO("offset " << offset);
    REQUIRE_FALSE(read);
    CHECK(read.error().message().find(path) != std::string::npos);
    fs::remove(path);
  }
}

TEST_CASE("a file that was cut, emptied, lengthened, removed or swapped gives no value") {
  Folder folder;
  std::string path = folder.file("v");
  REQUIRE(write_spill_file(path, key("k"), large().encode()));
  CHECK_FALSE(read_spill_file(path, key("other")));
  for (std::uint64_t size : {200'000UL, 50'000UL, 10UL, 0UL}) {
    fs::resize_file(path, size);
    CHECK_FALSE(read_spill_file(path, key("k")));
  }
  fs::remove(path);
  CHECK_FALSE(read_spill_file(path, key("k")));
}

TEST_CASE("a write that the system cuts short is an error and leaves no file") {
  Folder folder;
  // A limit on the size of files stands for a disk that fills up in the middle of one.
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit tight{50'000, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  auto cut = write_spill_file(folder.file("v"), key("k"), large().encode());
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  REQUIRE_FALSE(cut);
  CHECK(cut.error().message().find(folder.file("v")) != std::string::npos);
  CHECK(fs::is_empty(folder.path));
  auto nowhere = write_spill_file(folder.file("no/such/v"), key("k"), large().encode());
  CHECK_FALSE(nowhere);
}

// ---- the store --------------------------------------------------------------------------------

TEST_CASE("the least recently used values leave memory, and only as many as must") {
  Store store;
  for (const char* name : {"a", "b", "c", "d"}) store.put(key(name), large());
  std::uint64_t one = store.bytes() / 4;
  store.touch(key("a"));
  store.make_room(2 * one, true);
  CHECK(store.leaving_bytes() == 2 * one);
  CHECK(store.bytes() == 4 * one);
  perform(store);
  CHECK(store.bytes() == 2 * one);
  CHECK(store.spilled_bytes() == 2 * one);
  CHECK(store.get(key("a")) != nullptr);
  CHECK(store.get(key("b")) == nullptr);
  CHECK(store.get(key("c")) == nullptr);
  CHECK(store.contains(key("b")));
  CHECK(store.size() == 4);
}

TEST_CASE("a value that came back leaves memory again without a second write") {
  Store store;
  store.put(key("a"), large());
  store.make_room(0, true);
  perform(store);
  std::uint64_t file = store.file_to_read(key("a"));
  REQUIRE(file != 0);
  store.read(key("a"), file);
  perform(store);
  CHECK(store.get(key("a"))->get<std::string>() == text_of(kLarge));
  store.make_room(0, false);
  CHECK(store.take_orders().empty());
  CHECK(store.bytes() == 0);
  CHECK(store.file_to_read(key("a")) == file);
}

TEST_CASE("pinned and small values stay in memory") {
  Store store;
  store.put(key("a"), large());
  store.put(key("s"), Value::of(1));
  Store::Pin pin = store.pin(key("a"));
  store.make_room(0, true);
  CHECK(store.take_orders().empty());
  store.unpin(pin);
  store.make_room(0, true);
  perform(store);
  CHECK(store.get(key("a")) == nullptr);
  CHECK(store.get(key("s")) != nullptr);
}

TEST_CASE("a value pinned while it is written stays, and has its file for later") {
  Store store;
  store.put(key("a"), large());
  store.make_room(0, true);
  Store::Pin pin = store.pin(key("a"));
  perform(store);
  CHECK(store.get(key("a")) != nullptr);
  CHECK(store.leaving_bytes() == 0);
  store.unpin(pin);
  store.make_room(0, false);
  CHECK(store.get(key("a")) == nullptr);
}

TEST_CASE("a value dropped or replaced while it is written leaves no file and no bytes") {
  for (bool replace : {false, true}) {
    Store store;
    store.put(key("a"), large());
    store.make_room(0, true);
    std::vector<DiskOrder> orders = store.take_orders();
    REQUIRE(orders.size() == 1);
    store.drop(key("a"));
    if (replace) store.put(key("a"), large());
    store.on_written({DiskTask::write, key("a"), orders[0].file});
    std::vector<DiskOrder> removal = store.take_orders();
    REQUIRE(removal.size() == 1);
    CHECK(removal[0].task == DiskTask::remove);
    CHECK(removal[0].file == orders[0].file);
    CHECK(store.leaving_bytes() == 0);
    CHECK(store.spilled_bytes() == 0);
    CHECK((store.get(key("a")) != nullptr) == replace);
  }
}

TEST_CASE("a failed write leaves the value where it is, to be tried again") {
  Store store;
  store.put(key("a"), large());
  store.make_room(0, true);
  std::uint64_t file = store.take_orders().at(0).file;
  store.on_written({DiskTask::write, key("a"), file, {}, "the disk is full"});
  CHECK(store.get(key("a")) != nullptr);
  CHECK(store.leaving_bytes() == 0);
  store.make_room(0, false);
  CHECK(store.take_orders().empty());
  store.make_room(0, true);
  CHECK(store.take_orders().size() == 1);
}

// ---- the spiller ------------------------------------------------------------------------------

TEST_CASE("a spiller writes, reads and removes, and cleans up at its end") {
  Folder folder;
  {
    Desk desk({folder.path.string(), 0});
    auto done = desk.perform({write_order("a", 1, large()),
                              write_order("b", 2, large()),
                              {DiskTask::remove, key("b"), 2},
                              {DiskTask::read, key("a"), 1},
                              {DiskTask::read, key("b"), 2}},
                             4);
    CHECK(done[0].problem.empty());
    CHECK(done[2].value.get<std::string>() == text_of(kLarge));
    CHECK_FALSE(done[3].problem.empty());
    CHECK(folder.files().size() == 1);
  }
  CHECK(fs::is_empty(folder.path));
}

TEST_CASE("a spiller keeps its files below the limit and says the numbers") {
  Folder folder;
  Desk desk({folder.path.string(), 250'000});
  auto done = desk.perform(
      {write_order("a", 1, large()), write_order("b", 2, large()), write_order("c", 3, large())},
      3);
  CHECK(done[1].problem.empty());
  CHECK(done[2].problem.find("--spill-limit") != std::string::npos);
  CHECK_FALSE(done[2].unwritable);
  CHECK(folder.files().size() == 2);
  done = desk.perform({{DiskTask::remove, key("a"), 1}, write_order("c", 4, large())}, 1);
  CHECK(done[0].problem.empty());
}

TEST_CASE("a directory that cannot be made is a problem of each write, with the remedy") {
  Desk desk({"/proc/no-such-place", 0});
  auto done = desk.perform({write_order("a", 1, large())}, 1);
  CHECK(done[0].problem.find("--local-directory") != std::string::npos);
}

TEST_CASE("what dead workers left behind is removed, and nothing else") {
  Folder folder;
  fs::create_directory(folder.path / "tartan-worker-999999999-dead");
  fs::create_directory(folder.path / "tartan-worker-1-locked");
  std::ofstream(folder.path / "tartan-worker-1-locked" / "lock") << "";
  fs::create_directory(folder.path / ("tartan-worker-" + std::to_string(::getpid()) + "-young"));
  fs::create_directory(folder.path / "somebody-elses");
  Desk desk({folder.path.string(), 0});
  desk.perform({write_order("a", 1, large())}, 1);
  remove_leftovers(folder.path.string());
  CHECK_FALSE(fs::exists(folder.path / "tartan-worker-999999999-dead"));
  CHECK_FALSE(fs::exists(folder.path / "tartan-worker-1-locked"));
  CHECK(fs::exists(folder.path / "somebody-elses"));
  CHECK(fs::exists(folder.path / ("tartan-worker-" + std::to_string(::getpid()) + "-young")));
  CHECK(folder.files().size() == 1);
}

// ---- pressure ---------------------------------------------------------------------------------

TEST_CASE("pressure caps the store by its target, and further when the process is too large") {
  Pressure pressure(1000, {});
  CHECK(pressure.cap() == 600);
  pressure.measure(650, 500);
  CHECK(pressure.cap() == 600);
  pressure.measure(750, 500);
  CHECK(pressure.cap() == 350);
  pressure.measure(5000, 500);
  CHECK(pressure.cap() == 0);
  CHECK(Pressure(0, {}).cap() == Pressure::kNoCap);
}

TEST_CASE("pressure pauses above its threshold and resumes only well below") {
  Pressure pressure(1000, {});
  auto paused_at = [&](std::uint64_t process_bytes, std::uint64_t expected = 0) {
    pressure.measure(process_bytes, 0);
    pressure.count(0, expected);
    return pressure.paused();
  };
  CHECK_FALSE(paused_at(790));
  CHECK(paused_at(810));
  CHECK(paused_at(770));
  CHECK_FALSE(paused_at(740));
  CHECK(paused_at(700, 110));
  CHECK_FALSE(paused_at(700));
  pressure.count(900, 0);
  CHECK(pressure.paused());
  Pressure off(1000, {0, 0, 0, 0});
  off.measure(5000, 5000);
  off.count(5000, 5000);
  CHECK_FALSE(off.paused());
  CHECK(off.cap() == Pressure::kNoCap);
}
