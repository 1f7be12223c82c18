#pragma once

// One function, compiled for several instruction sets, the best chosen at start. Not under the
// sanitizers, whose start-up comes after that choice.

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define TARTAN_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define TARTAN_CLONES
#endif
