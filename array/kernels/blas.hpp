#pragma once

// OpenBLAS set up for task-parallel work: one thread per call, and the core type this CPU
// deserves. 0.3.21 takes an AVX-512 CPU it does not know by model number for a Prescott of 2004,
// which costs a factor of five in gemm (20 against 96 GFLOP/s measured on a Xeon of 2023).
//
// Everyone who calls BLAS includes this header and calls prepare_blas() first. It is cheap after
// the first time and thread-safe; the library also calls it when it is loaded.

namespace tartan::array {

void prepare_blas();

/// The core type in use, e.g. "SkylakeX"; for logs and benchmarks.
const char* blas_core_name();

}  // namespace tartan::array
