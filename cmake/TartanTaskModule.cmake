# Task modules: .so files that bring task functions to a running worker.
#
#   tartan_add_task_module(wordcount count.cpp merge.cpp LINK ZLIB::ZLIB)
#
# makes two targets from one compilation of the sources:
#   wordcount        wordcount.so, which travels to the workers (Client::upload_module), or is
#                    given to them (`tartan-worker --module`, tartan::load_module())
#   wordcount_tasks  the same objects, for programs that submit these functions:
#                    target_link_libraries(my_program PRIVATE wordcount_tasks tartan::client)
#
#   tartan_add_task_module(wordcount count.cpp merge.cpp SHARED)
#
# makes a library that programs link (target_link_libraries(my_program PRIVATE wordcount)) in place
# of wordcount_tasks. As it is loaded with the program, it travels without being named.
#
# A function nobody submits from within the module is registered by naming it in one source:
#   template struct tartan::ExportTasks<&count_words, &merge_counts>;
#
# The module holds no copy of tartan: its tartan symbols stay undefined and come from the program
# that loads it, so there is one registry, one buffer pool and one current task per process.
# Linking tartan into the module would give it its own, hence tartan::* in LINK is used for its
# headers only, and load_module() refuses a module that brings a copy some other way. Calls
# between the module's own functions are bound at link time, so a program that contains another
# version of them does not get in between. GCC would make the static variables of inline functions
# and templates one for the whole process (STB_GNU_UNIQUE), even across modules loaded apart, so
# that a later version of a module used the earlier one's; it is told not to.
#
# A module carries a tag that says for which tartan, compiler and C++ library it was built.
#
#   tartan_load_modules(my_worker [core client array ml])
#
# is for executables that load modules, as tartan-worker does: they carry and export all of the
# rooms named (default: all there are), whether the program itself uses it or not. A module can
# call what these rooms offer and nothing else of tartan. A program that carries array and ml also
# has all their kernels registered.

function(tartan_add_task_module name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "SHARED" "" "LINK")
  if(NOT ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "tartan_add_task_module(${name}): no sources given")
  endif()
  set(linked ${ARG_LINK})
  list(FILTER linked EXCLUDE REGEX "^tartan(::|_)(core|client|array|ml)$")

  add_library(${name}_tasks OBJECT ${ARG_UNPARSED_ARGUMENTS})
  set_target_properties(${name}_tasks PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(${name}_tasks PUBLIC tartan::core ${ARG_LINK})
  target_compile_options(${name}_tasks PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)

  set(kind MODULE)
  if(ARG_SHARED)
    set(kind SHARED)
  endif()
  add_library(${name} ${kind} $<TARGET_OBJECTS:${name}_tasks>
    "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/TartanModuleTag.cpp")
  target_include_directories(${name} PRIVATE
    $<TARGET_PROPERTY:tartan::core,INTERFACE_INCLUDE_DIRECTORIES>)
  target_compile_definitions(${name} PRIVATE TARTAN_TAG_VERSION="${tartan_VERSION}")
  target_compile_features(${name} PRIVATE cxx_std_20)
  if(ARG_SHARED)
    # Programs bring tartan, which the library takes from them.
    target_link_libraries(${name} INTERFACE tartan::core ${ARG_LINK})
  endif()
  set_target_properties(${name} PROPERTIES PREFIX "" LINKER_LANGUAGE CXX)
  target_link_libraries(${name} PRIVATE ${linked})
  target_link_options(${name} PRIVATE "LINKER:-Bsymbolic-functions" "LINKER:--build-id")
endfunction()

function(tartan_load_modules program)
  set(rooms ${ARGN})
  if(NOT rooms)
    foreach(room core client array ml)
      if(TARGET tartan::${room})
        list(APPEND rooms ${room})
      endif()
    endforeach()
  endif()
  set_target_properties(${program} PROPERTIES ENABLE_EXPORTS ON)
  foreach(room ${rooms})
    set(library tartan::${room})
    target_link_libraries(${program} PRIVATE ${library})
    get_target_property(type ${library} TYPE)
    if(type STREQUAL "STATIC_LIBRARY")
      # As an option it stands before all libraries, so that later mentions of the same archive
      # find nothing left to add.
      target_link_options(${program} PRIVATE
        "SHELL:LINKER:--push-state,--whole-archive $<TARGET_FILE:${library}> LINKER:--pop-state")
    endif()
  endforeach()
endfunction()
