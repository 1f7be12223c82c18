# tartan_room(NAME SOURCES... PUBLIC targets PRIVATE targets): one library per room, alias
# tartan::NAME, public headers in <room>/include.
function(tartan_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  if(NOT ARG_SOURCES)
    message(FATAL_ERROR "room ${name} has no sources")
  endif()
  add_library(tartan_${name} ${ARG_SOURCES})
  add_library(tartan::${name} ALIAS tartan_${name})
  set_target_properties(tartan_${name} PROPERTIES EXPORT_NAME ${name})
  if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/include")
    target_include_directories(tartan_${name} PUBLIC
      "$<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>" "$<INSTALL_INTERFACE:include>")
  endif()
  target_compile_features(tartan_${name} PUBLIC cxx_std_20)
  target_link_libraries(tartan_${name}
    PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE} "$<BUILD_INTERFACE:tartan_settings>")
endfunction()

# tartan_program(NAME SOURCES... LINK targets): an executable in build/<preset>/bin.
function(tartan_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} tartan_settings)
endfunction()

# tartan_unit_test(ROOM LINK targets): tests/unit/ROOM/*.cpp as one Catch2 program test_ROOM, one
# ctest test per test case.
function(tartan_unit_test room)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/unit/${room}/*.cpp")
  if(NOT sources)
    return()
  endif()
  tartan_program(test_${room} SOURCES ${sources} LINK tartan_test_main ${ARG_LINK})
  catch_discover_tests(test_${room} TEST_PREFIX "${room}: "
    PROPERTIES TIMEOUT 300 LABELS unit)
endfunction()
