#include <array/kernels/blas.hpp>
#include <array/kernels/isa.hpp>
#include <cblas.h>
#include <cstdlib>
#include <mutex>
#include <string_view>

// Exported by OpenBLAS builds with run-time dispatch, declared in no header. Weak, so that other
// builds and other BLAS libraries link too.
extern "C" {
__attribute__((weak)) void gotoblas_dynamic_init(void);
__attribute__((weak)) void gotoblas_dynamic_quit(void);
}

namespace tartan::array {
namespace {

/// The core types OpenBLAS falls back to when it does not know the CPU.
bool is_fallback(std::string_view core) {
  return core == "Prescott" || core == "Core2" || core == "Nehalem" || core == "Sandybridge";
}

void choose_core() {
  if (std::getenv("OPENBLAS_CORETYPE") != nullptr) return;
  if (gotoblas_dynamic_init == nullptr || gotoblas_dynamic_quit == nullptr) return;
  const std::string_view core = openblas_get_corename();
  const bool wasted = is_fallback(core) || (core == "Haswell" && best_isa() == Isa::avx512);
  if (!wasted || best_isa() == Isa::baseline) return;
  // The choice is read from the environment; child processes may profit from it too.
  setenv("OPENBLAS_CORETYPE", best_isa() == Isa::avx512 ? "SkylakeX" : "Haswell", 0);
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
}

/// At load time, before there are threads that could be inside BLAS.
[[maybe_unused]] const bool prepared_at_load = [] {
  prepare_blas();
  return true;
}();

}  // namespace

void prepare_blas() {
  static std::once_flag once;
  std::call_once(once, [] {
    choose_core();
    openblas_set_num_threads(1);
  });
}

const char* blas_core_name() { return openblas_get_corename(); }

}  // namespace tartan::array
