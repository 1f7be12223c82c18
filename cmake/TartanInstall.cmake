# Installs the libraries, their public headers and the programs, with a package configuration:
#   find_package(tartan CONFIG REQUIRED COMPONENTS ml)
#   target_link_libraries(my_program PRIVATE tartan::ml)
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(config_directory "${CMAKE_INSTALL_LIBDIR}/cmake/tartan")

foreach(room core client array ml)
  install(DIRECTORY ${room}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.hpp" PATTERN "*.def")
endforeach()
install(TARGETS tartan_core tartan_scheduler tartan_worker tartan_client tartan_array tartan_ml
  EXPORT tartanTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS tartan-scheduler tartan-worker tartan RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(EXPORT tartanTargets NAMESPACE tartan:: DESTINATION ${config_directory})

configure_package_config_file(cmake/tartanConfig.cmake.in
  "${CMAKE_BINARY_DIR}/tartanConfig.cmake" INSTALL_DESTINATION ${config_directory})
write_basic_package_version_file("${CMAKE_BINARY_DIR}/tartanConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${CMAKE_BINARY_DIR}/tartanConfig.cmake"
  "${CMAKE_BINARY_DIR}/tartanConfigVersion.cmake"
  cmake/TartanTaskModule.cmake
  cmake/TartanModuleTag.cpp
  DESTINATION ${config_directory})
