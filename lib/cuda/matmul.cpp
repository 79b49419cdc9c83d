// Matrix products by cublasLt. It counts matrices column by column; a row-major matrix is its
// transpose there, so out = a b is asked for as out^T = b^T a^T.
#include <algorithm>
#include <cstdint>

#include "check_blas.h"
#include "launch.h"
#include "resources.h"
#include "tutti/cuda/device_scope.h"

namespace tutti::launch {
namespace {

// Memory as a column-major matrix: `rows` neighbours make a column, columns are `step` apart.
struct Matrix {
  const void* data;
  std::int64_t rows, columns, step;
  std::int64_t next;            // from one matrix of the batch to the next
  cublasOperation_t operation;  // T where this is the tensor itself, N where its transpose
};

// Steps along an axis of one element are arbitrary.
bool runs_along(const Tensor& x, int unit, int outer) {
  return (x.strides()[unit] == 1 || x.shape()[unit] == 1) &&
         (x.strides()[outer] >= x.shape()[unit] || x.shape()[outer] == 1);
}

// The leading axes as one, [batch, rows, columns], where strides allow.
bool one_batch_axis(const Tensor& x) {
  for (int axis = 0; axis + 3 < x.rank(); ++axis)
    if (x.strides()[axis] != x.strides()[axis + 1] * x.shape()[axis + 1]) return false;
  return true;
}

// The tensor, or a dense copy where its strides are none that cublasLt takes (as after expand).
Tensor usable(const Tensor& x) {
  const int last = x.rank() - 1;
  bool matrix = runs_along(x, last, last - 1) || runs_along(x, last - 1, last);
  return matrix && one_batch_axis(x) ? x : x.clone();
}

Matrix matrix_of(const Tensor& x) {
  const int last = x.rank() - 1;
  bool row_major = runs_along(x, last, last - 1);
  int unit = row_major ? last : last - 1, outer = 2 * last - 1 - unit;
  std::int64_t rows = x.shape()[unit], columns = x.shape()[outer];
  return {x.raw(),
          rows,
          columns,
          columns == 1 ? rows : x.strides()[outer],
          x.rank() > 2 ? x.strides()[x.rank() - 3] : 0,
          row_major ? CUBLAS_OP_N : CUBLAS_OP_T};
}

template <class Setter, class Object, class Attribute, class Value>
void set(Setter setter, Object object, Attribute attribute, Value value) {
  cuda::check(setter(object, attribute, &value, sizeof value), "matmul");
}

struct Layout {
  Layout(const Matrix& matrix, cudaDataType_t type, std::int64_t batch) {
    cuda::check(cublasLtMatrixLayoutInit(&opaque, type, static_cast<std::uint64_t>(matrix.rows),
                                         static_cast<std::uint64_t>(matrix.columns), matrix.step),
                "matmul");
    if (batch == 1) return;
    set(cublasLtMatrixLayoutSetAttribute, &opaque, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT,
        static_cast<std::int32_t>(batch));
    set(cublasLtMatrixLayoutSetAttribute, &opaque, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET,
        matrix.next);
  }
  cublasLtMatrixLayoutOpaque_t opaque;
};

// What cublasLt may rely on. Buffers start at multiples of 64: this depends on offsets alone, and
// so does the choice of algorithm.
std::uint32_t alignment(const void* data) {
  auto address = reinterpret_cast<std::uintptr_t>(data);
  return static_cast<std::uint32_t>(std::min<std::uintptr_t>(address & (~address + 1), 16));
}

}  // namespace

void matmul(CudaStream stream, const Tensor& out, const Tensor& a, const Tensor& b,
            const Tensor& bias) {
  if (out.count() == 0) return;
  if (a.size(-1) == 0)
    return bias ? copy(stream, out, bias.expand(out.shape())) : fill(stream, out, 0);
  Tensor left = usable(a), right = usable(b);
  const Matrix first = matrix_of(right), second = matrix_of(left), result = matrix_of(out);
  const bool wide = out.dtype() == Dtype::f64;
  const cudaDataType_t type = wide ? CUDA_R_64F : CUDA_R_32F;

  cublasLtMatmulDescOpaque_t product;
  cuda::check(
      cublasLtMatmulDescInit(&product, wide ? CUBLAS_COMPUTE_64F : CUBLAS_COMPUTE_32F, type),
      "matmul");
  set(cublasLtMatmulDescSetAttribute, &product, CUBLASLT_MATMUL_DESC_TRANSA, first.operation);
  set(cublasLtMatmulDescSetAttribute, &product, CUBLASLT_MATMUL_DESC_TRANSB, second.operation);
  if (bias) {
    set(cublasLtMatmulDescSetAttribute, &product, CUBLASLT_MATMUL_DESC_EPILOGUE,
        CUBLASLT_EPILOGUE_BIAS);
    set(cublasLtMatmulDescSetAttribute, &product, CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias.raw());
  }
  const std::int64_t batch = out.count() / (out.size(-1) * out.size(-2));
  Layout first_layout(first, type, batch), second_layout(second, type, batch);
  Layout result_layout(result, type, batch);

  cublasLtMatmulPreferenceOpaque_t preference;
  cuda::check(cublasLtMatmulPreferenceInit(&preference), "matmul");
  auto prefer = [&](cublasLtMatmulPreferenceAttributes_t attribute, auto value) {
    set(cublasLtMatmulPreferenceSetAttribute, &preference, attribute, value);
  };
  prefer(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, std::size_t{cuda::Resources::workspace_bytes});
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, alignment(first.data));
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, alignment(second.data));
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, alignment(result.data));
  prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, alignment(result.data));

  auto& resources = *static_cast<cuda::Resources*>(out.device().owner().get());
  cuda::DeviceScope scope(stream.device);
  cublasLtMatmulHeuristicResult_t choice;
  int found = 0;
  cuda::check(cublasLtMatmulAlgoGetHeuristic(
                  resources.blas(), &product, &first_layout.opaque, &second_layout.opaque,
                  &result_layout.opaque, &result_layout.opaque, &preference, 1, &choice, &found),
              "matmul");
  if (found == 0)
    raise("matmul: cublasLt found no algorithm for shapes ", a.shape(), " and ", b.shape(), " of ",
          out.dtype());
  const double one = 1, zero = 0;
  const float one_f32 = 1, zero_f32 = 0;
  const void* alpha = wide ? static_cast<const void*>(&one) : &one_f32;
  const void* beta = wide ? static_cast<const void*>(&zero) : &zero_f32;
  cuda::check(
      cublasLtMatmul(resources.blas(), &product, alpha, first.data, &first_layout.opaque,
                     second.data, &second_layout.opaque, beta, result.data, &result_layout.opaque,
                     out.mutable_raw(), &result_layout.opaque, &choice.algo, resources.workspace(),
                     cuda::Resources::workspace_bytes, stream.handle),
      "matmul");
}

}  // namespace tutti::launch
