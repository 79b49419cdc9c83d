// Normalisation over groups of channels, and its gradients.
#include <cmath>

#include "launch.h"
#include "row_sums.h"
#include "tasks.h"

namespace tutti::launch {
namespace {

/// x [n, c, s] as rows of groups; a group has `channels` channels of `width` elements.
struct Groups {
  std::int64_t rows, channels, width, each;

  Groups(const Tensor& x, const Tensor& mean)
      : rows(mean.count()),
        channels(x.size(1) / mean.size(1)),
        width(x.size(2)),
        each(mean.size(1)) {}
  std::int64_t size() const { return channels * width; }
  /// The first channel of a row's group.
  std::int64_t first(std::int64_t row) const { return row % each * channels; }
};

template <class T>
T parameter(const Tensor& x, std::int64_t channel, T otherwise) {
  return x ? x.data<T>()[channel] : otherwise;
}

}  // namespace

void group_norm(CpuStream, const Tensor& y, const Tensor& mean, const Tensor& rstd, const Tensor& x,
                const Tensor& weight, const Tensor& bias, double epsilon) {
  const Groups groups(x, mean);
  const std::int64_t n = groups.size(), width = groups.width;
  Tensor dense = x.contiguous(), scale = weight ? weight.contiguous() : weight;
  Tensor shift = bias ? bias.contiguous() : bias;
  visit_float(x.dtype(), "group_norm", [&]<class T>() {
    T *results = y.mutable_data<T>(), *means = mean.mutable_data<T>();
    T* rstds = rstd.mutable_data<T>();
    cpu::for_chunks(groups.rows, n, [&](std::int64_t row, std::int64_t end, int) {
      for (; row < end; ++row) {
        const T* from = dense.data<T>() + row * n;
        const T size = static_cast<T>(n);
        const T m = cpu::sum_over<T>(n, [=](std::int64_t j) { return from[j]; }) / size;
        const T squares =
            cpu::sum_over<T>(n, [=](std::int64_t j) { return (from[j] - m) * (from[j] - m); });
        const T r = 1 / std::sqrt(squares / size + static_cast<T>(epsilon));
        means[row] = m, rstds[row] = r;
        for (std::int64_t k = 0; k < groups.channels; ++k) {
          const std::int64_t channel = groups.first(row) + k;
          const T w = parameter<T>(scale, channel, 1), b = parameter<T>(shift, channel, 0);
          const T* in = from + k * width;
          T* out = results + row * n + k * width;
#pragma omp simd
          for (std::int64_t j = 0; j < width; ++j) out[j] = (in[j] - m) * r * w + b;
        }
      }
    });
  });
}

void group_norm_gradients(CpuStream, const Tensor& dx, const Tensor& dweight, const Tensor& dbias,
                          const Tensor& g, const Tensor& x, const Tensor& weight,
                          const Tensor& mean, const Tensor& rstd) {
  const Groups groups(x, mean);
  const std::int64_t n = groups.size(), width = groups.width, samples = x.size(0);
  const std::int64_t channels = x.size(1);
  Tensor dense = x.contiguous(), gradient = g.contiguous();
  Tensor scale = weight ? weight.contiguous() : weight;
  // Of each sample's channels: the sum of g, and of g times the normalised x.
  Tensor sums({2, samples * channels}, x.dtype(), x.device());
  visit_float(x.dtype(), "group_norm", [&]<class T>() {
    T* to = dx ? dx.mutable_data<T>() : nullptr;
    T *plain = sums.mutable_data<T>(), *normal = plain + samples * channels;
    cpu::for_chunks(groups.rows, n, [&](std::int64_t row, std::int64_t end, int) {
      for (; row < end; ++row) {
        const T m = mean.data<T>()[row], r = rstd.data<T>()[row], size = static_cast<T>(n);
        T along_mean = 0, along_normal = 0;
        for (std::int64_t k = 0; k < groups.channels; ++k) {
          const std::int64_t at = row * groups.channels + k;
          const T *in = dense.data<T>() + at * width, *gs = gradient.data<T>() + at * width;
          plain[at] = cpu::sum_over<T>(width, [=](std::int64_t j) { return gs[j]; });
          normal[at] =
              cpu::sum_over<T>(width, [=](std::int64_t j) { return gs[j] * ((in[j] - m) * r); });
          const T w = parameter<T>(scale, groups.first(row) + k, 1);
          along_mean += w * plain[at], along_normal += w * normal[at];
        }
        along_mean /= size, along_normal /= size;
        for (std::int64_t k = 0; to && k < groups.channels; ++k) {
          const std::int64_t at = row * groups.channels + k;
          const T *in = dense.data<T>() + at * width, *gs = gradient.data<T>() + at * width;
          const T w = parameter<T>(scale, groups.first(row) + k, 1);
          T* out = to + at * width;
#pragma omp simd
          for (std::int64_t j = 0; j < width; ++j)
            out[j] = (gs[j] * w - along_mean - (in[j] - m) * r * along_normal) * r;
        }
      }
    });
    const auto join = [&](const Tensor& out, const T* from) {
      if (!out) return;
      T* total = out.mutable_data<T>();
      for (std::int64_t channel = 0; channel < channels; ++channel)
        total[channel] =
            cpu::sum_over<T>(samples, [=](std::int64_t i) { return from[i * channels + channel]; });
    };
    join(dweight, normal), join(dbias, plain);
  });
}

}  // namespace tutti::launch
