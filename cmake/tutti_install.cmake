# cmake --install, and what find_package(tutti) finds.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(tutti_config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tutti)
get_target_property(tutti_type tutti TYPE)
set(not_installed)
if(NOT TUTTI_CUDA_FOUND)
  set(not_installed PATTERN cuda EXCLUDE)
endif()

install(TARGETS tutti tutti_mpi EXPORT tutti)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/tutti TYPE INCLUDE ${not_installed})
install(EXPORT tutti FILE tuttiTargets.cmake NAMESPACE tutti:: DESTINATION ${tutti_config_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/tuttiConfig.cmake.in tuttiConfig.cmake
                              INSTALL_DESTINATION ${tutti_config_dir})
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(tuttiConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/tuttiConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/tuttiConfigVersion.cmake
        DESTINATION ${tutti_config_dir})
