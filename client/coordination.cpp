#include <client/engine/backend.hpp>
#include <client/engine/coordination_call.hpp>
#include <core/wire/codec.hpp>
#include <fmt/format.h>
#include <map>
#include <mutex>
#include <tartan/base/log.hpp>
#include <tartan/client/coordination.hpp>
#include <thread>

namespace tartan {
namespace client {
namespace {

using wire::Operation;

constexpr std::size_t kValueBytes = std::size_t{1} << 20;
constexpr std::chrono::nanoseconds kAtOnce{0};

std::int64_t timeout_ns(const Timeout& timeout) {
  return timeout ? std::max<std::int64_t>(0, timeout->count()) : -1;
}

wire::Coordinate question_of(Operation operation, const std::string& name) {
  wire::Coordinate question;
  question.operation = operation;
  question.name = name;
  return question;
}

/// The same future if it belongs to the backend, else one of the backend's with its value.
AnyFuture adopted(Backend& backend, const AnyFuture& future) {
  if (!future.valid()) throw ValueError("an empty future cannot be shared");
  if (future.state()->backend.get() == &backend) return future;
  std::vector<std::pair<Key, Value>> values;
  values.emplace_back(future.key(), future.get_value());
  return backend.scatter(std::move(values), false).front();
}

/// Puts the parcel into the question; what it returns must live until the answer is there.
std::vector<AnyFuture> load(Backend& backend, wire::Coordinate& question, const Parcel& parcel) {
  std::vector<AnyFuture> kept;
  for (const AnyFuture& future : parcel.futures) {
    kept.push_back(adopted(backend, future));
    question.keys.push_back(kept.back().key());
  }
  if (parcel.value.empty()) return kept;
  const std::vector<std::byte> packed = wire::pack_value(parcel.value);
  if (packed.size() > kValueBytes) {
    throw Exception(Errc::limit_exceeded,
                    fmt::format("the value for '{}' has {} bytes, but at most {} go through the "
                                "scheduler; scatter it and pass the future",
                                question.name, packed.size(), kValueBytes));
  }
  question.value = Buffer::copy(packed);
  return kept;
}

Value unpacked(std::span<const std::byte> bytes) {
  if (bytes.empty()) return {};
  Result<Value> value = wire::unpack_value(bytes);
  if (!value) throw Exception(value.error());
  return std::move(*value);
}

std::vector<Parcel> parcels_of(CoordinationReply& reply) {
  std::vector<Parcel> parcels;
  std::size_t future = 0;
  for (std::size_t i = 0; i < reply.record.values.size(); ++i) {
    Parcel parcel{unpacked(reply.record.values[i]), {}};
    for (std::uint32_t k = 0; k < reply.record.key_counts[i]; ++k) {
      parcel.futures.push_back(std::move(reply.futures[future++]));
    }
    parcels.push_back(std::move(parcel));
  }
  return parcels;
}

}  // namespace

void throw_other_parcel(const std::string& name, const Parcel& parcel, const char* wanted) {
  throw TypeError(
      fmt::format("'{}' gave {}, but {} was asked for; use the type it was put with", name,
                  parcel.futures.empty() ? std::string("a value")
                                         : fmt::format("{} futures", parcel.futures.size()),
                  wanted));
}

// ---- locks and semaphores -----------------------------------------------------------------

/// What the copies of one handle have acquired, by the requests that did.
class Holding {
 public:
  Holding(const std::string& name, Client& client, std::uint64_t leases)
      : named_(name, client), leases_(leases) {}
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;
  ~Holding() {
    for (const auto& [acquisition, amount] : acquired_) give_back(acquisition, amount);
  }

  const std::string& name() const { return named_.name(); }
  bool acquire(std::uint64_t amount, const Timeout& timeout);
  void release(std::uint64_t amount);

 private:
  bool is_lock() const { return leases_ == 0; }
  void give_back(std::uint64_t acquisition, std::uint64_t amount) noexcept;

  const Named named_;
  const std::uint64_t leases_;  ///< 0: a lock
  std::mutex mutex_;            ///< guards acquired_
  std::map<std::uint64_t, std::uint64_t> acquired_;
};

bool Holding::acquire(std::uint64_t amount, const Timeout& timeout) {
  wire::Coordinate question =
      question_of(is_lock() ? Operation::lock : Operation::acquire, named_.name());
  question.amount = amount;
  question.limit = leases_;
  question.timeout_ns = timeout_ns(timeout);
  const auto reply = coordinate(*named_.backend(), std::move(question));
  if (!reply) return false;
  std::lock_guard lock(mutex_);
  acquired_[reply->record.request] = amount;
  return true;
}

void Holding::release(std::uint64_t amount) {
  std::map<std::uint64_t, std::uint64_t> given;
  {
    std::lock_guard lock(mutex_);
    std::uint64_t held = 0;
    for (const auto& [acquisition, leases] : acquired_) held += leases;
    if (held < amount) {
      throw Exception(Errc::refused,
                      is_lock() ? fmt::format("the lock '{}' is not held by this handle; only the "
                                              "handle that locked it, or a copy, may unlock it",
                                              name())
                                : fmt::format("{} leases of the semaphore '{}' are to be released, "
                                              "but this handle holds {}",
                                              amount, name(), held));
    }
    while (amount > 0) {
      const auto next = acquired_.begin();
      const std::uint64_t part = std::min(amount, next->second);
      given[next->first] = part;
      amount -= part;
      next->second -= part;
      if (next->second == 0) acquired_.erase(next);
    }
  }
  for (const auto& [acquisition, part] : given) give_back(acquisition, part);
}

/// The question is repeated until it is answered, so nobody need wait for that.
void Holding::give_back(std::uint64_t acquisition, std::uint64_t amount) noexcept {
  wire::Coordinate question =
      question_of(is_lock() ? Operation::unlock : Operation::release, named_.name());
  question.acquisition = acquisition;
  question.amount = amount;
  const auto note = [](CoordinationCall& call) {
    const Result<CoordinationReply> outcome = call.take();
    const bool refused = outcome && outcome->record.code != 0;
    if (refused) logging::warning("client", "{}", outcome->record.message);
  };
  named_.backend()->coordinate(std::move(question), std::make_shared<CoordinationCall>(note));
}

}  // namespace client

Lock::Lock(const std::string& name, Client& client)
    : holding_(std::make_shared<client::Holding>(name, client, 0)) {}
void Lock::lock() { holding_->acquire(1, std::nullopt); }
bool Lock::try_lock() { return holding_->acquire(1, client::kAtOnce); }
bool Lock::try_lock_for(std::chrono::nanoseconds timeout) { return holding_->acquire(1, timeout); }
void Lock::unlock() { holding_->release(1); }
const std::string& Lock::name() const { return holding_->name(); }

Semaphore::Semaphore(const std::string& name, std::uint64_t leases, Client& client) {
  if (leases == 0) {
    throw ValueError(
        fmt::format("the semaphore '{}' would have no leases; give it 1 or more", name));
  }
  holding_ = std::make_shared<client::Holding>(name, client, leases);
}
void Semaphore::acquire(std::uint64_t n) { holding_->acquire(n, std::nullopt); }
bool Semaphore::try_acquire(std::uint64_t n) { return holding_->acquire(n, client::kAtOnce); }
bool Semaphore::try_acquire_for(std::chrono::nanoseconds timeout, std::uint64_t n) {
  return holding_->acquire(n, timeout);
}
void Semaphore::release(std::uint64_t n) { holding_->release(n); }
const std::string& Semaphore::name() const { return holding_->name(); }

// ---- events -------------------------------------------------------------------------------

Event::Event(std::string name, Client& client) : named_(std::move(name), client) {}

void Event::set() {
  coordinate(*named_.backend(), client::question_of(wire::Operation::event_set, named_.name()));
}
void Event::clear() {
  coordinate(*named_.backend(), client::question_of(wire::Operation::event_clear, named_.name()));
}
bool Event::is_set() const {
  const auto reply = coordinate(*named_.backend(),
                                client::question_of(wire::Operation::event_is_set, named_.name()));
  return reply->record.number != 0;
}
void Event::wait() const {
  coordinate(*named_.backend(), client::question_of(wire::Operation::event_wait, named_.name()));
}
bool Event::wait_for(std::chrono::nanoseconds timeout) const {
  auto question = client::question_of(wire::Operation::event_wait, named_.name());
  question.timeout_ns = client::timeout_ns(timeout);
  return coordinate(*named_.backend(), std::move(question)).has_value();
}

// ---- queues, variables, datasets ----------------------------------------------------------

namespace client {

bool put(const Named& queue, Parcel item, std::uint64_t maxsize, Timeout timeout) {
  wire::Coordinate question = question_of(Operation::queue_put, queue.name());
  question.limit = maxsize;
  question.timeout_ns = timeout_ns(timeout);
  const auto kept = load(*queue.backend(), question, item);
  return coordinate(*queue.backend(), std::move(question)).has_value();
}

std::vector<Parcel> take(const Named& queue, std::uint64_t n, std::uint64_t maxsize,
                         Timeout timeout) {
  wire::Coordinate question = question_of(Operation::queue_get, queue.name());
  question.amount = n;
  question.limit = maxsize;
  question.timeout_ns = timeout_ns(timeout);
  auto reply = coordinate(*queue.backend(), std::move(question));
  if (!reply) return {};
  std::vector<Parcel> items = parcels_of(*reply);
  if (items.empty()) {
    throw Exception(Errc::malformed, "the scheduler answered for the queue '" + queue.name() +
                                         "' without an item; see its version and its log");
  }
  return items;
}

std::uint64_t queue_size(const Named& queue) {
  return coordinate(*queue.backend(), question_of(Operation::queue_size, queue.name()))
      ->record.number;
}

void set(const Named& variable, Parcel value) {
  wire::Coordinate question = question_of(Operation::variable_set, variable.name());
  const auto kept = load(*variable.backend(), question, value);
  coordinate(*variable.backend(), std::move(question));
}

std::optional<Parcel> read(const Named& variable, Timeout timeout) {
  wire::Coordinate question = question_of(Operation::variable_get, variable.name());
  question.timeout_ns = timeout_ns(timeout);
  auto reply = coordinate(*variable.backend(), std::move(question));
  if (!reply) return std::nullopt;
  return std::move(parcels_of(*reply).at(0));
}

void remove(const Named& variable) {
  coordinate(*variable.backend(), question_of(Operation::variable_remove, variable.name()));
}

void publish(const Named& dataset, Parcel futures, bool replace) {
  wire::Coordinate question = question_of(Operation::dataset_publish, dataset.name());
  question.amount = replace ? 1 : 0;
  const auto kept = load(*dataset.backend(), question, futures);
  coordinate(*dataset.backend(), std::move(question));
}

Parcel dataset(const Named& dataset) {
  auto reply = coordinate(*dataset.backend(), question_of(Operation::dataset_get, dataset.name()));
  return std::move(parcels_of(*reply).at(0));
}

// ---- topics -------------------------------------------------------------------------------

namespace {

std::chrono::system_clock::time_point time_of(std::uint64_t ns) {
  return std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(
          std::chrono::nanoseconds(ns)));
}

std::vector<TimedParcel> timed_parcels_of(CoordinationReply& reply) {
  std::vector<Parcel> parcels = parcels_of(reply);
  std::vector<TimedParcel> entries;
  for (std::size_t i = 0; i < parcels.size() && i < reply.record.times_ns.size(); ++i) {
    entries.push_back({time_of(reply.record.times_ns[i]), std::move(parcels[i])});
  }
  return entries;
}

}  // namespace

void log(const Named& topic, Parcel value) {
  wire::Coordinate question = question_of(Operation::topic_log, topic.name());
  question.amount =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                     std::chrono::system_clock::now().time_since_epoch())
                                     .count());
  const auto kept = load(*topic.backend(), question, value);
  coordinate(*topic.backend(), std::move(question));
}

std::vector<TimedParcel> entries(const Named& topic) {
  auto reply = coordinate(*topic.backend(), question_of(Operation::topic_read, topic.name()));
  return timed_parcels_of(*reply);
}

/// One question for the events from a number on is always under way, or its answer is being worked
/// through on the thread for callbacks: a slow callback so holds back the next question.
class Follower : public std::enable_shared_from_this<Follower> {
 public:
  Follower(const Named& topic, std::function<void(TimedParcel&)> callback)
      : name_(topic.name()), backend_(topic.backend()), callback_(std::move(callback)) {}

  /// From now on. Waits until the scheduler has said where the topic stands.
  void start();
  void end();

 private:
  void ask();
  void on_answer(CoordinationCall& call);
  void work_through(CoordinationReply& reply);
  bool begin_callback();

  const std::string name_;
  const std::weak_ptr<Backend> backend_;
  const std::function<void(TimedParcel&)> callback_;
  std::uint64_t next_ = 0;  ///< of one thread at a time: whoever asks next

  std::mutex mutex_;  ///< guards the rest
  std::condition_variable idle_;
  bool ended_ = false;
  std::thread::id runner_;  ///< of the callback, while it runs
  std::shared_ptr<CoordinationCall> call_;
  std::uint64_t request_ = 0;
};

void Follower::start() {
  const std::shared_ptr<Backend> backend = backend_.lock();
  const auto reply = coordinate(*backend, question_of(Operation::topic_follow, name_));
  next_ = reply->record.number;
  ask();
}

void Follower::ask() {
  const std::shared_ptr<Backend> backend = backend_.lock();
  if (!backend) return;
  wire::Coordinate question = question_of(Operation::topic_follow, name_);
  question.amount = next_;
  const auto call =
      std::make_shared<CoordinationCall>([follower = weak_from_this()](CoordinationCall& answered) {
        if (const auto self = follower.lock()) self->on_answer(answered);
      });
  std::lock_guard lock(mutex_);
  if (ended_) return;
  call_ = call;
  request_ = backend->coordinate(std::move(question), call);
}

void Follower::on_answer(CoordinationCall& call) {
  const std::shared_ptr<Backend> backend = backend_.lock();
  if (!backend) return;
  const auto outcome = std::make_shared<Result<CoordinationReply>>(call.take());
  backend->post_callback([self = shared_from_this(), outcome] {
    if (*outcome && (*outcome)->record.code == 0) return self->work_through(**outcome);
    logging::info("client", "the subscription to '{}' ends: {}", self->name_,
                  *outcome ? (*outcome)->record.message : outcome->error().message());
  });
}

bool Follower::begin_callback() {
  std::lock_guard lock(mutex_);
  if (ended_) return false;
  runner_ = std::this_thread::get_id();
  return true;
}

void Follower::work_through(CoordinationReply& reply) {
  std::vector<TimedParcel> entries = timed_parcels_of(reply);
  const std::uint64_t first = reply.record.number - entries.size();
  if (first > next_) {
    logging::warning("client", "a subscription to '{}' was too slow and missed {} events", name_,
                     first - next_);
  }
  next_ = std::max(next_, reply.record.number);
  for (TimedParcel& entry : entries) {
    if (!begin_callback()) return;
    try {
      callback_(entry);
    } catch (const std::exception& error) {
      logging::error("client", "a callback of the topic '{}' threw: {}", name_, error.what());
    } catch (...) {
      logging::error("client", "a callback of the topic '{}' threw", name_);
    }
    std::lock_guard lock(mutex_);
    runner_ = {};
    idle_.notify_all();
  }
  ask();
}

void Follower::end() {
  std::unique_lock lock(mutex_);
  ended_ = true;
  if (call_ && call_->abandon()) {
    if (const auto backend = backend_.lock()) backend->withdraw(request_);
  }
  call_ = nullptr;
  idle_.wait(lock, [this] {
    return runner_ == std::thread::id{} || runner_ == std::this_thread::get_id();
  });
}

std::shared_ptr<Follower> follow(const Named& topic, std::function<void(TimedParcel&)> callback) {
  auto follower = std::make_shared<Follower>(topic, std::move(callback));
  follower->start();
  return follower;
}

}  // namespace client

Subscription::~Subscription() { end(); }

Subscription& Subscription::operator=(Subscription&& other) noexcept {
  if (this == &other) return *this;
  end();
  follower_ = std::move(other.follower_);
  return *this;
}

/// Leaves the follower where it is: the callback and another thread may come here at once.
void Subscription::end() {
  if (follower_) follower_->end();
}

}  // namespace tartan
