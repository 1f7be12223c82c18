#pragma once

// What a task module and the program that loads it must have in common besides the processor: the
// classes of tartan and of the C++ library that they pass to each other. The same text stands in
// every module (tartan_add_task_module puts it there) and in every program, so that a module that
// does not fit is told by reading its file, without loading it.
//
// For tartan's own use; TARTAN_TAG_VERSION is given by the build.

#include <version>

#define TARTAN_TAG_TEXT_OF(x) #x
#define TARTAN_TAG_TEXT(x) TARTAN_TAG_TEXT_OF(x)

#if defined(__clang__)
#define TARTAN_TAG_COMPILER "clang " TARTAN_TAG_TEXT(__clang_major__)
#else
#define TARTAN_TAG_COMPILER "gcc " TARTAN_TAG_TEXT(__GNUC__)
#endif

#define TARTAN_TAG_START "tartan-module-tag: "

#define TARTAN_MODULE_TAG                                                                     \
  TARTAN_TAG_START "tartan " TARTAN_TAG_VERSION ", " TARTAN_TAG_COMPILER                      \
                   ", libstdc++ " TARTAN_TAG_TEXT(_GLIBCXX_RELEASE) " (abi " TARTAN_TAG_TEXT( \
                       _GLIBCXX_USE_CXX11_ABI) ")"
