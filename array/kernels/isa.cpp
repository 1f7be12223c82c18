#include <array/kernels/isa.hpp>
#include <atomic>
#include <tartan/base/assert.hpp>

namespace tartan::array {
namespace {

Isa detect() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
    return Isa::avx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Isa::avx2;
  return Isa::baseline;
}

std::atomic<Isa>& current() {
  static std::atomic<Isa> isa{best_isa()};
  return isa;
}

}  // namespace

std::string_view name(Isa isa) {
  constexpr std::string_view kNames[kIsaCount] = {"baseline", "avx2", "avx512"};
  return kNames[static_cast<std::size_t>(isa)];
}

Isa best_isa() {
  static const Isa best = detect();
  return best;
}

Isa active_isa() { return current().load(std::memory_order_relaxed); }

void force_isa(Isa isa) {
  TARTAN_ASSERT(isa <= best_isa(), "an instruction set this machine lacks");
  current().store(isa, std::memory_order_relaxed);
}

}  // namespace tartan::array
