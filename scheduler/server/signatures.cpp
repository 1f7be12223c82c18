#include <core/value/symbol.hpp>
#include <fmt/format.h>
#include <scheduler/server/signatures.hpp>

namespace tartan::scheduler {

namespace {
/// Texts come from peers: so many, and no longer ones, are kept.
constexpr std::size_t kTexts = 65536;
constexpr std::size_t kTextLength = 4096;
}  // namespace

void Signatures::worker_left(WorkerId worker) {
  silent_.erase(worker);
  for (auto symbol = by_symbol_.begin(); symbol != by_symbol_.end();) {
    for (auto& [module, function] : symbol->second) function.workers.erase(worker);
    std::erase_if(symbol->second, [](const auto& entry) { return entry.second.workers.empty(); });
    symbol = symbol->second.empty() ? by_symbol_.erase(symbol) : std::next(symbol);
  }
}

void Signatures::learn(WorkerId worker, const wire::FunctionsKnown& known) {
  learn_texts(known.texts);
  for (std::size_t i = 0; i < known.modules.size(); ++i) {
    Function& function = by_symbol_[known.symbols[i]][known.modules[i]];
    function.signature = known.signatures[i];
    function.exact = known.exact[i] != 0;
    function.workers.insert(worker);
  }
  if (known.all) silent_.erase(worker);
}

void Signatures::learn_texts(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    if (text.size() > kTextLength || texts_.size() >= kTexts) continue;
    texts_.try_emplace(hash_text(text).lo, text);
  }
}

const std::string& Signatures::text(std::uint64_t signature) const {
  static const std::string none;
  const auto found = texts_.find(signature);
  return found == texts_.end() ? none : found->second;
}

std::string Signatures::described(std::uint64_t signature) const {
  const std::string& words = text(signature);
  return words.empty() ? fmt::format("one with hash {:016x}", signature)
                       : fmt::format("{} (hash {:016x})", words, signature);
}

std::string Signatures::objection(const std::vector<FunctionRef>& functions,
                                  const std::function<bool(Key)>& travels) const {
  if (by_symbol_.empty()) return {};
  for (const FunctionRef& ref : functions) {
    const auto found = by_symbol_.find(ref.symbol);
    if (found == by_symbol_.end()) continue;
    const Function* other = nullptr;
    if (const auto same = found->second.find(ref.module); same != found->second.end()) {
      if (same->second.signature == ref.signature) continue;
      other = &same->second;
    } else if (!ref.local && silent_.empty() && !travels(ref.module)) {
      bool suits = false;
      for (const auto& [module, function] : found->second) {
        if (function.exact) continue;
        suits |= function.signature == ref.signature;
        other = &function;
      }
      if (suits) continue;
    }
    if (other == nullptr) continue;
    return fmt::format(
        "the function {} has the signature {} on the workers, but the tasks were made for {}; "
        "build the program and the module from the same sources",
        value::full_name(ref.symbol), described(other->signature), described(ref.signature));
  }
  return {};
}

}  // namespace tartan::scheduler
