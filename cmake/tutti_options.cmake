# Options, what was found, and the flags of our own code.
include(CMakeDependentOption)
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
option(TUTTI_NATIVE "Compile for this machine's processor (-march=native)" ON)
option(TUTTI_CUDA "Use the CUDA Toolkit when it is found" ON)
option(TUTTI_OPENMP "Share out CPU work with OpenMP" ON)
option(TUTTI_ONEDNN "Multiply f32 matrices by oneDNN when it is found" ON)
option(TUTTI_BLAS "Let Eigen call an optimised BLAS when one is found" ON)
option(TUTTI_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(TUTTI_BENCH "Build tutti-bench" ${PROJECT_IS_TOP_LEVEL})
option(TUTTI_SAMPLES "Build the samples" ${PROJECT_IS_TOP_LEVEL})
option(TUTTI_WARNINGS_AS_ERRORS "Stop at a warning of the C++ compiler" OFF)
set(TUTTI_SANITIZE "" CACHE STRING "Sanitizers for everything built here, as in address,undefined")

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
find_program(TUTTI_CCACHE ccache)
if(TUTTI_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Without this it does not cache what uses precompiled headers.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
                                  CCACHE_SLOPPINESS=pch_defines,time_macros ${TUTTI_CCACHE})
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${TUTTI_CCACHE})
endif()

set(MPI_CXX_SKIP_MPICXX ON)
find_package(MPI REQUIRED COMPONENTS CXX)
find_package(Threads REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(ZLIB REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
if(TUTTI_OPENMP)
  find_package(OpenMP REQUIRED COMPONENTS CXX)
endif()

# oneDNN has threads of its own, by OpenMP: with it we can tell them to stay one.
if(TUTTI_ONEDNN AND TUTTI_OPENMP)
  find_package(oneDNN)
endif()

# The reference BLAS is slower than Eigen's own kernels: only optimised ones count.
set(TUTTI_BLAS_FOUND OFF)
if(TUTTI_BLAS)
  foreach(vendor OpenBLAS FLAME Intel10_64lp_seq)
    set(BLA_VENDOR ${vendor})
    find_package(BLAS QUIET)
    if(BLAS_FOUND)
      set(TUTTI_BLAS_FOUND ON)
      message(STATUS "BLAS: ${vendor}")
      break()
    endif()
  endforeach()
endif()

include(CheckCXXSourceCompiles)
set(CMAKE_REQUIRED_LIBRARIES mvec)
check_cxx_source_compiles("
  #include <features.h>
  #if !defined(__x86_64__) || defined(__clang__) || !__GLIBC_PREREQ(2, 35)
  #error no vector math
  #endif
  int main() {}" TUTTI_LIBMVEC)
unset(CMAKE_REQUIRED_LIBRARIES)

# Flags of our own code only; users of the library do not inherit them.
add_library(tutti_warnings INTERFACE)
target_compile_options(tutti_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wno-unknown-pragmas>)
if(TUTTI_WARNINGS_AS_ERRORS)
  target_compile_options(tutti_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Werror>)
endif()
if(TUTTI_NATIVE)
  target_compile_options(tutti_warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-march=native>)
endif()
if(TUTTI_SANITIZE)
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${TUTTI_SANITIZE}>
                      $<$<COMPILE_LANGUAGE:CXX>:-fno-sanitize-recover=all>
                      $<$<COMPILE_LANGUAGE:CXX>:-fno-omit-frame-pointer>)
  add_link_options(-fsanitize=${TUTTI_SANITIZE})
  # With sanitizers GCC finds uninitialised values in its own intrinsics.
  target_compile_options(tutti_warnings INTERFACE
                         $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-maybe-uninitialized -Wno-uninitialized>)
endif()

set(TUTTI_CUDA_FOUND OFF)
if(TUTTI_CUDA)
  include(CheckLanguage)
  check_language(CUDA)
  find_package(CUDAToolkit 12 QUIET)
  if(CMAKE_CUDA_COMPILER AND CUDAToolkit_FOUND)
    if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES AND NOT DEFINED ENV{CUDAARCHS})
      set(CMAKE_CUDA_ARCHITECTURES 80-real 90)
    endif()
    enable_language(CUDA)
    # CMake 3.25 does not know that nvcc speaks C++20.
    if(NOT DEFINED CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
      set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
      set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
    endif()
    set(TUTTI_CUDA_FOUND ON)
  endif()
endif()
message(STATUS "Tutti: CUDA ${TUTTI_CUDA_FOUND}, oneDNN ${oneDNN_FOUND}, BLAS ${TUTTI_BLAS_FOUND}, OpenMP ${TUTTI_OPENMP}")
