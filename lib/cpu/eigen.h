// Eigen, set up so that a product takes no memory from the heap.
#pragma once

// Packed operands of the largest tile fit in this; larger ones would be malloc'ed.
#define EIGEN_STACK_ALLOCATION_LIMIT (1 << 20)
// Never Eigen's path for tiny products: its bits depend on how the result is aligned.
#define EIGEN_GEMM_TO_COEFFBASED_THRESHOLD 0

// GCC 12 takes the registers that its AVX-512 header leaves undefined on purpose for mistakes. The
// first two let each compiler pass over the names that only the other one knows.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wunknown-warning-option"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <Eigen/Core>
#pragma GCC diagnostic pop
