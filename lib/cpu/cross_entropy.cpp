// Softmax cross entropy of every row with its label, and its gradient.
#include "launch.h"
#include "softmax.h"
#include "tasks.h"

namespace tutti::launch {
namespace {

// Before any work is shared out: the first bad row is named whatever the threads do.
void require_labels(const Tensor& labels, std::int64_t classes) {
  const std::int64_t* label = labels.data<std::int64_t>();
  for (std::int64_t i = 0; i < labels.count(); ++i)
    if (label[i] < 0 || label[i] >= classes)
      raise("cross_entropy: found label ", label[i], " at row ", i, ", expected 0 to ",
            classes - 1);
}

}  // namespace

void cross_entropy(CpuStream, const Tensor& loss, const Tensor& x, const Tensor& labels) {
  const std::int64_t rows = x.size(0), columns = x.size(1);
  Tensor dense = x.contiguous(), dense_labels = labels.contiguous();
  require_labels(dense_labels, columns);
  const std::int64_t* label = dense_labels.data<std::int64_t>();
  visit_float(x.dtype(), "cross_entropy", [&]<class T>() {
    T* result = loss.mutable_data<T>();
    cpu::for_chunks(rows, columns, [&](std::int64_t i, std::int64_t end, int) {
      for (; i < end; ++i) {
        const T* row = dense.data<T>() + i * columns;
        T largest = cpu::reduce_row(cpu::Max{}, row, columns);
        // Differences to the largest: its own magnitude cancels before anything is rounded.
        result[i] = cpu::log_sum_exp(row, columns, largest) - (row[label[i]] - largest);
      }
    });
  });
}

void cross_entropy_input(CpuStream, const Tensor& out, const Tensor& g, const Tensor& x,
                         const Tensor& labels) {
  const std::int64_t rows = x.size(0), columns = x.size(1);
  Tensor dense = x.contiguous(), gradient = g.contiguous(), dense_labels = labels.contiguous();
  require_labels(dense_labels, columns);
  const std::int64_t* label = dense_labels.data<std::int64_t>();
  visit_float(x.dtype(), "cross_entropy", [&]<class T>() {
    cpu::for_chunks(rows, columns, [&](std::int64_t i, std::int64_t end, int) {
      for (; i < end; ++i) {
        T* row = out.mutable_data<T>() + i * columns;
        cpu::softmax_row(row, dense.data<T>() + i * columns, columns);
        row[label[i]] -= 1;
        const T scale = gradient.data<T>()[i];
        for (std::int64_t j = 0; j < columns; ++j) row[j] *= scale;
      }
    });
  });
}

}  // namespace tutti::launch
