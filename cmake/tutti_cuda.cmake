# The CUDA backend: kernels, the host code round them and, where NCCL is found, its transport.
file(GLOB tutti_cuda_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/kernels/*.cu
                                               ${PROJECT_SOURCE_DIR}/lib/cuda/*.cpp)
target_sources(tutti PRIVATE ${tutti_cuda_sources})
set_target_properties(tutti PROPERTIES CUDA_STANDARD 20 CUDA_STANDARD_REQUIRED ON
                                       CUDA_RUNTIME_LIBRARY Static)
# Relaxed: kernels call constexpr functions of the standard library, as std::array's.
target_compile_options(tutti PRIVATE
  $<$<COMPILE_LANGUAGE:CUDA>:--expt-relaxed-constexpr
                             -Xcompiler=-Wall,-Wextra,-Wno-unknown-pragmas>)
target_compile_definitions(tutti PUBLIC TUTTI_WITH_CUDA)
# None of these needs the driver's libcuda to link: they look for it at run time.
target_link_libraries(tutti PRIVATE CUDA::cudart_static CUDA::cublasLt)

find_package(NCCL)
if(NCCL_FOUND)
  file(GLOB tutti_nccl_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/lib/nccl/*.cpp)
  target_sources(tutti PRIVATE ${tutti_nccl_sources})
  target_include_directories(tutti SYSTEM PRIVATE ${NCCL_INCLUDE_DIR})
  target_compile_definitions(tutti PUBLIC TUTTI_WITH_NCCL)
  target_link_libraries(tutti PRIVATE ${NCCL_LIBRARY})
endif()
