// What this build contains: the one place where preprocessor facts become C++.
#pragma once

#include <variant>

namespace tutti {

#if defined(TUTTI_WITH_CUDA)
inline constexpr bool cuda_build = true;
/// The alternatives of a type that has one form per backend, as in Stream.
template <class Cpu, class Cuda>
using Backends = std::variant<Cpu, Cuda>;
#else
inline constexpr bool cuda_build = false;
template <class Cpu, class Cuda>
using Backends = std::variant<Cpu>;
#endif

#if defined(TUTTI_WITH_NCCL)
inline constexpr bool nccl_build = true;
#else
inline constexpr bool nccl_build = false;
#endif

}  // namespace tutti

// Marks a function that both the CPU and a CUDA kernel call.
#if defined(__CUDACC__)
#define TUTTI_HD __host__ __device__
#else
#define TUTTI_HD
#endif

// Whether a conversion that nothing takes leaves operators unambiguous: others weigh it in each.
#if defined(__GNUC__) && !defined(__clang__) && !defined(__CUDACC__)
#define TUTTI_IDLE_CONVERSIONS true
#else
#define TUTTI_IDLE_CONVERSIONS false
#endif

// Asks the compiler for a variant that computes several lanes at once (glibc's libmvec).
#if defined(__GNUC__) && !defined(__clang__) && !defined(__CUDACC__) && defined(__x86_64__) && \
    defined(__GLIBC__) && (__GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 35))
#define TUTTI_SIMD_DECL __attribute__((simd("notinbranch")))
#define TUTTI_LIBMVEC 1
#else
#define TUTTI_SIMD_DECL
#endif

// The namespace of loops in headers: files compiled for different instruction sets do not mix.
#if defined(__CUDACC__)
#define TUTTI_ISA isa_cuda
#elif defined(__AVX512F__)
#define TUTTI_ISA isa_avx512
#elif defined(__AVX2__)
#define TUTTI_ISA isa_avx2
#else
#define TUTTI_ISA isa_base
#endif
