// The mean cross-entropy of rows with their labels, and its gradient.
#include "launch.h"
#include "softmax.h"
#include "tasks.h"

namespace tutti::launch {
namespace {

// Before any work is shared out: the first bad row is named whatever the threads do.
void require_labels(const Tensor& labels, std::int64_t classes, std::int64_t ignored) {
  const std::int64_t* label = labels.data<std::int64_t>();
  for (std::int64_t i = 0; i < labels.count(); ++i)
    if (label[i] != ignored && (label[i] < 0 || label[i] >= classes))
      raise("cross_entropy: found label ", label[i], " at row ", i, ", expected 0 to ", classes - 1,
            " or ", ignored, " for a row to ignore");
}

/// How rows count, looked up once for all of them.
template <class T>
struct Targets {
  Tensor labels, weights;
  const std::int64_t* label;
  const T* class_weight;
  std::int64_t ignored, classes;
  double own, shared;  ///< what the row's label, and what every class counts
  double all;          ///< the sum of the classes' weights

  Targets(const Classes& of, std::int64_t count)
      : labels(of.labels.contiguous()),
        weights(of.weights ? of.weights.contiguous() : of.weights),
        label(labels.data<std::int64_t>()),
        class_weight(weights ? weights.template data<T>() : nullptr),
        ignored(of.ignored),
        classes(count),
        own(1 - of.smoothing),
        shared(of.smoothing / static_cast<double>(count)),
        all(cpu::sum_over<double>(count, [this](std::int64_t c) { return weight(c); })) {}
  bool counts(std::int64_t row) const { return label[row] != ignored; }
  T weight(std::int64_t c) const { return class_weight ? class_weight[c] : T(1); }

  /// Of row i, whose sum of exp(x - largest) has the logarithm log_sum.
  T loss(std::int64_t i, const T* row, T largest, T log_sum) const {
    if (!counts(i)) return 0;
    // Differences to the largest: its own magnitude cancels before anything is rounded.
    const T below = log_sum - (row[label[i]] - largest);
    const T loss = static_cast<T>(own) * weight(label[i]) * below;
    if (shared == 0) return loss;
    const T all_below = cpu::sum_over<T>(
        classes, [=, this](std::int64_t j) { return weight(j) * (row[j] - largest); });
    return loss + static_cast<T>(shared) * (static_cast<T>(all) * log_sum - all_below);
  }
};

}  // namespace

void cross_entropy(CpuStream, const Tensor& loss, const Tensor& counted, const Tensor& statistics,
                   const Tensor& x, const Classes& classes) {
  const std::int64_t rows = x.size(0), columns = x.size(1);
  Tensor dense = x.contiguous();
  visit_float(x.dtype(), "cross_entropy", [&]<class T>() {
    const Targets<T> targets(classes, columns);
    require_labels(targets.labels, columns, classes.ignored);
    Tensor losses({rows}, x.dtype(), x.device());
    T *row_loss = losses.mutable_data<T>(), *largest = statistics.mutable_data<T>();
    T* inverse = largest + rows;
    cpu::for_chunks(rows, columns, [&](std::int64_t begin, std::int64_t end, int) {
      for (std::int64_t i = begin; i < end; ++i) {
        const T* row = dense.data<T>() + i * columns;
        largest[i] = cpu::reduce_row(cpu::Max{}, row, columns);
        inverse[i] = cpu::sum_exp(row, columns, largest[i]);
      }
#pragma omp simd
      for (std::int64_t i = begin; i < end; ++i) {
        row_loss[i] = log(Real<T>(inverse[i])).v;
        inverse[i] = 1 / inverse[i];
      }
      for (std::int64_t i = begin; i < end; ++i)
        row_loss[i] = targets.loss(i, dense.data<T>() + i * columns, largest[i], row_loss[i]);
    });
    const double sum = cpu::sum_over<double>(rows, [&](std::int64_t i) { return row_loss[i]; });
    const auto counted_weight = [&](std::int64_t i) {
      return targets.counts(i) ? static_cast<double>(targets.weight(targets.label[i])) : 0.0;
    };
    const double weight = classes.summed ? 1 : cpu::sum_over<double>(rows, counted_weight);
    *counted.mutable_data<double>() = weight;
    *loss.mutable_data<T>() = weight == 0 ? T(0) : static_cast<T>(sum / weight);
  });
}

void cross_entropy_gradient(CpuStream, const Tensor& dx, const Tensor& g, const Tensor& counted,
                            const Tensor& statistics, const Tensor& x, const Classes& classes) {
  const std::int64_t rows = x.size(0), columns = x.size(1);
  Tensor dense = x.contiguous();
  visit_float(x.dtype(), "cross_entropy", [&]<class T>() {
    const Targets<T> targets(classes, columns);
    const double weight = *counted.data<double>();
    const double scale = weight == 0 ? 0 : static_cast<double>(*g.data<T>()) / weight;
    const T *largest = statistics.data<T>(), *inverse = largest + rows;
    T* result = dx.mutable_data<T>();
    cpu::for_chunks(rows, columns, [&](std::int64_t i, std::int64_t end, int) {
      for (; i < end; ++i) {
        T* to = result + i * columns;
        if (!targets.counts(i)) {
          std::fill_n(to, columns, T(0));
          continue;
        }
        const double own = scale * targets.own * targets.weight(targets.label[i]);
        const double shared = scale * targets.shared;
        cpu::exp_row(to, dense.data<T>() + i * columns, columns, largest[i]);
        const T factor = static_cast<T>(own + shared * targets.all) * inverse[i];
        if (shared == 0) {
          for (std::int64_t j = 0; j < columns; ++j) to[j] *= factor;
        } else {
          for (std::int64_t j = 0; j < columns; ++j)
            to[j] = to[j] * factor - static_cast<T>(shared) * targets.weight(j);
        }
        to[targets.label[i]] -= static_cast<T>(own);
      }
    });
  });
}

}  // namespace tutti::launch
