# Compiler settings shared by every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(TARTAN_CCACHE ccache)
if(TARTAN_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${TARTAN_CCACHE}")
endif()

set(TARTAN_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address,undefined or thread")

add_library(tartan_settings INTERFACE)
target_compile_options(tartan_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
# With optimisation GCC 12 sees overflows in its own std::string and std::vector (its bugs 105651,
# 105329 and kin). The address sanitizer finds the real ones.
target_compile_options(tartan_settings INTERFACE
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread
    -Wno-array-bounds -Wno-maybe-uninitialized>)
target_include_directories(tartan_settings INTERFACE "${PROJECT_SOURCE_DIR}")
if(TARTAN_SANITIZE)
  target_compile_options(tartan_settings INTERFACE
    -fsanitize=${TARTAN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
    -Wno-free-nonheap-object)  # another false one, of GCC 12 with -fsanitize=thread
  target_link_options(tartan_settings INTERFACE -fsanitize=${TARTAN_SANITIZE})
endif()
