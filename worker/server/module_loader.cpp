#include <core/value/failure.hpp>
#include <core/value/module_file.hpp>
#include <core/value/registry.hpp>
#include <fmt/format.h>
#include <pthread.h>
#include <tartan/base/log.hpp>
#include <worker/server/module_loader.hpp>

namespace tartan::worker {

namespace {

using Outcome = ModuleResult::Outcome;

/// What a damaged or foreign file would do when loaded cannot be undone: it is looked at first.
ModuleResult load(ModuleCache& cache, Key module, const std::string& path) {
  const auto result = [&](Outcome outcome, Error why) {
    return ModuleResult{module, outcome, std::move(why)};
  };
  const auto described = value::describe_module_file(path);
  if (!described) return result(Outcome::unusable, described.error());
  if (auto fits = value::check_module_tag(*described, path); !fits) {
    return result(Outcome::unusable, fits.error());
  }
  if (auto may = cache.begin_loading(module); !may) return result(Outcome::unusable, may.error());
  auto loaded = value::load_module_as(path, module);
  cache.end_loading(module);
  if (!loaded) return result(Outcome::unusable, loaded.error());
  logging::info("worker", "loaded the task module {}", path);
  return result(Outcome::loaded, Error(Errc::unknown_function, ""));
}

}  // namespace

ModuleResult perform(ModuleCache& cache, const ModuleOrder& order) {
  try {
    if (value::has_module(order.module)) return {order.module};
    if (order.bytes) {
      auto path = cache.store(order.module, *order.bytes);
      if (!path) return {order.module, Outcome::failed, path.error()};
      return load(cache, order.module, *path);
    }
    auto path = cache.find(order.module);
    if (!path) return {order.module, Outcome::failed, path.error()};
    if (!*path) return {order.module, Outcome::absent};
    return load(cache, order.module, **path);
  } catch (...) {
    // Static initialisers of a module are user code.
    const Failure failure = current_failure();
    return {order.module, Outcome::unusable,
            Error(Errc::unknown_function,
                  fmt::format("loading the module {} failed: {}: {}", order.module.to_string(),
                              failure.type, failure.message))};
  }
}

ModuleLoader::ModuleLoader(const std::string& parent, std::function<void()> wake)
    : cache_(parent), wake_(std::move(wake)) {}

ModuleLoader::~ModuleLoader() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void ModuleLoader::submit(std::vector<ModuleOrder> orders) {
  if (orders.empty()) return;
  {
    std::lock_guard lock(mutex_);
    for (ModuleOrder& order : orders) queue_.push_back(std::move(order));
  }
  work_.notify_one();
  if (thread_.joinable()) return;
  thread_ = std::thread([this] { run(); });
  ::pthread_setname_np(thread_.native_handle(), "tartan-modules");
}

std::vector<ModuleResult> ModuleLoader::take_done() {
  std::lock_guard lock(mutex_);
  return std::exchange(done_, {});
}

void ModuleLoader::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    ModuleOrder order = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    ModuleResult result = perform(cache_, order);
    order.bytes.reset();
    lock.lock();
    done_.push_back(std::move(result));
    lock.unlock();
    wake_();
    lock.lock();
  }
}

}  // namespace tartan::worker
