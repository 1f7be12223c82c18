#include <algorithm>
#include <core/base/probe.hpp>
#include <fmt/format.h>
#include <scheduler/server/modules.hpp>
#include <tartan/base/config.hpp>
#include <tartan/base/log.hpp>

namespace tartan::scheduler {

namespace {

constexpr const char* kLog = "scheduler";
/// Modules without bytes and clients are remembered, for the sentence, up to so many.
constexpr std::size_t kRemembered = 4096;
constexpr std::size_t kNameLength = 256;

std::string label(const std::string& name, Key key) {
  return fmt::format("{} ({})", name.empty() ? "a task module" : name, key.to_string());
}

}  // namespace

ModuleBook::Module& ModuleBook::at(Key key) {
  Module& module = modules_[key];
  module.used = ++uses_;
  return module;
}

void ModuleBook::name(Key key, ClientId client, const std::string& text) {
  Module& module = at(key);
  module.sources.try_emplace(client);
  if (module.name.empty()) module.name = text.substr(0, kNameLength);
  forget_old();
}

void ModuleBook::offer(ClientId client, const wire::ModulePart& offer, Time now) {
  name(offer.module, client, offer.name);
  Module& module = at(offer.module);
  if (offer.size > limits_.module_bytes) {
    module.sources.erase(client);
    said_.kept.emplace_back(
        client,
        wire::ModuleKept{offer.request,
                         fmt::format("{} has {}, but the scheduler takes modules of at "
                                     "most {} (scheduler.module-limit)",
                                     label(module.name, offer.module), format_bytes(offer.size),
                                     format_bytes(limits_.module_bytes))});
    return;
  }
  if (module.whole) {
    said_.kept.emplace_back(client, wire::ModuleKept{offer.request, {}});
    return;
  }
  module.offers.emplace(client, offer.request);
  if (module.asked == 0) ask(offer.module, module, 0, now);
}

void ModuleBook::want(WorkerId worker, const wire::ModuleWanted& wanted, Time now) {
  const auto known = modules_.find(wanted.module);
  if (known == modules_.end()) {
    said_.pieces.emplace_back(
        worker, wire::ModulePiece{wanted.module,
                                  0,
                                  0,
                                  {},
                                  "the scheduler knows no client that has it; submit the task "
                                  "again"});
    return;
  }
  Module& module = at(wanted.module);
  if (module.whole) {
    send_piece(wanted.module, module, worker, wanted.offset);
    return;
  }
  if (!module.wanted.insert_or_assign(worker, wanted.offset).second) {
    TARTAN_PROBE("scheduler: a worker is told that its module is on its way");
    said_.pieces.emplace_back(worker,
                              wire::ModulePiece{wanted.module, module.size, wanted.offset, {}, {}});
  }
  if (module.asked == 0) ask(wanted.module, module, 0, now);
}

/// The first client after the given one, in a circle. Who cannot be reached does not answer and is
/// passed over in time.
void ModuleBook::ask(Key key, Module& module, ClientId after, Time now) {
  if (module.sources.empty()) {
    refuse(key, module, nobody(key, module));
    return;
  }
  auto next = module.sources.upper_bound(after);
  if (next == module.sources.end()) next = module.sources.begin();
  if (next->first != module.supplier) drop_bytes(module);
  module.asked = next->first;
  module.asked_at = now;
  said_.asked.emplace_back(module.asked,
                           wire::ModuleAsked{key, module.bytes ? module.bytes->size() : 0});
}

void ModuleBook::take(ClientId client, const wire::ModulePart& part, Time now) {
  const auto known = modules_.find(part.module);
  if (known == modules_.end()) return;
  Module& module = known->second;
  // Only from who was asked last: two answers to one question are the same bytes twice.
  if (module.whole || module.asked != client) return;
  if (!part.refused.empty()) {
    pass_over(part.module, module, client, part.refused, now);
    return;
  }
  const std::uint64_t have = module.bytes ? module.bytes->size() : 0;
  if (part.offset != have) {
    TARTAN_PROBE("scheduler: a part of a module came twice");
    return;
  }
  module.sources[client] = 0;
  if (part.size == 0 || part.size > limits_.module_bytes ||
      (module.bytes && part.size != module.size) || part.bytes.empty() ||
      part.bytes.size() > part.size - have) {
    pass_over(part.module, module, client,
              part.size > limits_.module_bytes
                  ? fmt::format("it has {}, but the scheduler takes modules of at most {} "
                                "(scheduler.module-limit)",
                                format_bytes(part.size), format_bytes(limits_.module_bytes))
                  : "the client sent parts that do not fit together",
              now);
    return;
  }
  if (!module.bytes) {
    // Until others are done with the room; the question is repeated.
    if (!make_room(module, part.size)) return;
    module.size = part.size;
    module.supplier = client;
    module.bytes = std::make_shared<std::vector<std::byte>>();
    module.bytes->reserve(part.size);
    nbytes_ += part.size;
  }
  const auto bytes = part.bytes.bytes();
  module.bytes->insert(module.bytes->end(), bytes.begin(), bytes.end());
  if (module.bytes->size() == module.size) {
    complete(part.module, module, client, now);
  } else if (module.is_wanted()) {
    module.asked_at = now;
    said_.asked.emplace_back(client, wire::ModuleAsked{part.module, module.bytes->size()});
  } else {
    module.asked = 0;
    drop_bytes(module);
  }
}

void ModuleBook::complete(Key key, Module& module, ClientId from, Time now) {
  if (hash_bytes(*module.bytes) != key) {
    pass_over(key, module, from, "what the client sent of it does not hash to its name", now);
    return;
  }
  module.whole = true;
  module.asked = 0;
  ++module.uploads;
  logging::info(kLog, "has the task module {}, {}", label(module.name, key),
                format_bytes(module.size));
  for (const auto& [client, request] : std::exchange(module.offers, {})) {
    said_.kept.emplace_back(client, wire::ModuleKept{request, {}});
  }
  for (const auto& [worker, offset] : std::exchange(module.wanted, {})) {
    send_piece(key, module, worker, offset);
  }
}

/// The client cannot bring it after all.
void ModuleBook::pass_over(Key key, Module& module, ClientId client, std::string why, Time now) {
  logging::warning(kLog, "does not get the task module {} from client {}: {}",
                   label(module.name, key), client, why);
  module.sources.erase(client);
  module.why_not = std::move(why);
  module.asked = 0;
  drop_bytes(module);
  if (module.is_wanted()) ask(key, module, client, now);
}

void ModuleBook::refuse(Key key, Module& module, const std::string& why) {
  module.asked = 0;
  for (const auto& [client, request] : std::exchange(module.offers, {})) {
    said_.kept.emplace_back(client, wire::ModuleKept{request, why});
  }
  for (const auto& [worker, offset] : std::exchange(module.wanted, {})) {
    said_.pieces.emplace_back(worker, wire::ModulePiece{key, module.size, offset, {}, why});
  }
}

std::string ModuleBook::nobody(Key key, const Module& module) const {
  if (!module.why_not.empty()) {
    return fmt::format("the module {} cannot be had: {}", label(module.name, key), module.why_not);
  }
  return fmt::format(
      "the client that brought the module {} has left before a worker needed it, "
      "and nobody else has it; call Client::upload_module first, or keep the client "
      "until its tasks are done",
      label(module.name, key));
}

void ModuleBook::send_piece(Key key, Module& module, WorkerId worker, std::uint64_t offset) {
  const std::uint64_t begin = std::min(offset, module.size);
  const std::uint64_t count = std::min(limits_.piece_bytes, module.size - begin);
  if (begin + count == module.size) ++module.downloads;
  const std::span<const std::byte> all(*module.bytes);
  said_.pieces.emplace_back(
      worker, wire::ModulePiece{
                  key, module.size, begin, Buffer(module.bytes, all.subspan(begin, count)), {}});
}

/// Throws modules away, the least recently used first, until there is room for so many bytes more;
/// false when what is on its way leaves none.
bool ModuleBook::make_room(const Module& module, std::uint64_t size) {
  while (nbytes_ + size > limits_.total_bytes) {
    Module* oldest = nullptr;
    for (auto& [key, other] : modules_) {
      if (&other == &module || !other.whole) continue;
      if (oldest == nullptr || other.used < oldest->used) oldest = &other;
    }
    if (oldest == nullptr) return nbytes_ == 0;
    TARTAN_PROBE("scheduler: a module makes way");
    drop_bytes(*oldest);
  }
  return true;
}

void ModuleBook::drop_bytes(Module& module) {
  if (!module.bytes) return;
  nbytes_ -= module.size;
  module.bytes.reset();
  module.size = 0;
  module.whole = false;
}

void ModuleBook::client_left(ClientId client, Time now) {
  for (auto& [key, module] : modules_) {
    if (module.sources.erase(client) == 0) continue;
    std::erase_if(module.offers, [&](const auto& offer) { return offer.first == client; });
    if (module.asked != client) continue;
    module.asked = 0;
    drop_bytes(module);
    if (module.is_wanted()) ask(key, module, client, now);
  }
}

void ModuleBook::worker_left(WorkerId worker) {
  for (auto& [key, module] : modules_) module.wanted.erase(worker);
}

void ModuleBook::tick(Time now) {
  for (auto& [key, module] : modules_) {
    if (module.asked == 0 || now - module.asked_at < limits_.patience) continue;
    const ClientId silent = std::exchange(module.asked, 0);
    if (!module.is_wanted()) {
      drop_bytes(module);
    } else if (++module.sources[silent] < limits_.most_asked) {
      TARTAN_PROBE("scheduler: asks for a module again");
      ask(key, module, silent, now);
    } else {
      TARTAN_PROBE("scheduler: a client does not bring its module");
      pass_over(key, module, silent, no_answer(silent), now);
    }
  }
}

std::string ModuleBook::no_answer(ClientId client) const {
  const Duration waited = limits_.patience * limits_.most_asked;
  return fmt::format(
      "client {} was asked for it {} times, over {} s, and sent nothing; see its log, and submit "
      "the task again when it answers",
      client, limits_.most_asked, std::chrono::duration_cast<std::chrono::seconds>(waited).count());
}

void ModuleBook::forget_old() {
  while (modules_.size() > kRemembered) {
    auto oldest = modules_.end();
    for (auto entry = modules_.begin(); entry != modules_.end(); ++entry) {
      const Module& module = entry->second;
      if (module.bytes || !module.sources.empty() || module.is_wanted()) continue;
      if (oldest == modules_.end() || module.used < oldest->second.used) oldest = entry;
    }
    if (oldest == modules_.end()) return;
    modules_.erase(oldest);
  }
}

std::vector<ModuleBook::Summary> ModuleBook::summary() const {
  std::vector<Summary> result;
  for (const auto& [key, module] : modules_) {
    result.push_back({key, module.name, module.size, module.bytes ? module.bytes->size() : 0,
                      module.uploads, module.downloads, module.sources.size()});
  }
  return result;
}

}  // namespace tartan::scheduler
