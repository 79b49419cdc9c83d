# The library with its CUDA kernels compiled as plain C++ and run by the emulator of support/simt,
# and the tests that run on it. It needs no CUDA.
file(GLOB emulated_sources CONFIGURE_DEPENDS
     ${PROJECT_SOURCE_DIR}/lib/base/*.cpp ${PROJECT_SOURCE_DIR}/lib/device/*.cpp
     ${PROJECT_SOURCE_DIR}/lib/tensor/*.cpp ${PROJECT_SOURCE_DIR}/lib/ops/*.cpp
     ${PROJECT_SOURCE_DIR}/lib/autograd/*.cpp ${PROJECT_SOURCE_DIR}/lib/nn/*.cpp
     ${PROJECT_SOURCE_DIR}/lib/optim/*.cpp ${PROJECT_SOURCE_DIR}/lib/cpu/*.cpp
     ${PROJECT_SOURCE_DIR}/lib/comm/block_math.cpp ${PROJECT_SOURCE_DIR}/lib/comm/reduce_op.cpp
     support/simt/*.cpp)
list(FILTER emulated_sources EXCLUDE REGEX "/parallel_for_openmp|_onednn")
file(GLOB kernels CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/kernels/*.cu)
set_source_files_properties(${kernels} PROPERTIES LANGUAGE CXX COMPILE_OPTIONS "-x;c++")

add_library(tutti_emulated STATIC ${emulated_sources} ${kernels})
target_compile_features(tutti_emulated PUBLIC cxx_std_20)
target_compile_definitions(tutti_emulated PUBLIC TUTTI_WITH_CUDA TUTTI_SIMT
                                          PRIVATE EIGEN_DONT_PARALLELIZE)
target_include_directories(tutti_emulated PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}
                           ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/lib)
target_compile_options(tutti_emulated PUBLIC -fno-math-errno -fopenmp-simd
                                             $<$<CXX_COMPILER_ID:Clang>:-Wno-pass-failed>)
# Compiling takes longer than the tests. So little optimised, GCC finds uninitialised values in its own
# intrinsics.
target_compile_options(tutti_emulated PUBLIC -O1 PRIVATE
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-uninitialized>)
target_precompile_headers(tutti_emulated PRIVATE ${tutti_precompiled})
target_link_libraries(tutti_emulated PUBLIC Threads::Threads $<$<BOOL:${TUTTI_LIBMVEC}>:mvec>
                                     PRIVATE Eigen3::Eigen tutti_warnings)

# What runs on each device. Tests of caching are left out: emulated devices hand out every buffer anew.
file(GLOB emulated_tests CONFIGURE_DEPENDS device/*.cpp cuda/*.cpp)
list(APPEND emulated_tests tensor/creation_test.cpp autograd/function_gradient_test.cpp)
list(APPEND emulated_tests tensor/tensor_test.cpp ops/map_test.cpp ops/matmul_test.cpp
                           ops/reduction_test.cpp ops/squared_norm_test.cpp autograd/gradient_check_test.cpp
                           autograd/window_gradient_test.cpp
                           nn/module_test.cpp optim/optimizer_test.cpp optim/rules_test.cpp
                           autograd/loss_gradient_test.cpp autograd/norm_gradient_test.cpp)
add_executable(test_emulated $<TARGET_OBJECTS:test_main> $<TARGET_OBJECTS:test_session>
                             support/golden.cpp ${emulated_tests})
target_include_directories(test_emulated PRIVATE device)
target_link_libraries(test_emulated PRIVATE tutti_emulated Catch2::Catch2 tutti_warnings
                                            nlohmann_json::nlohmann_json)
target_precompile_headers(test_emulated PRIVATE support/catch.h ${tutti_precompiled})
add_test(NAME emulated COMMAND test_emulated ~[caching])
set_tests_properties(emulated PROPERTIES TIMEOUT 900 LABELS emulated)
