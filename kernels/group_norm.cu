// Normalisation over groups of channels and its gradients: a block for each group of a sample; the
// gradients' sums over a channel by a warp for each, from which groups and parameters take theirs.
#include <cmath>

#include "launch.h"
#include "pointer.h"
#include "warp.h"

namespace tutti::launch {
namespace {

/// A group of a sample has `channels` channels of `width` elements.
struct Groups {
  std::int64_t rows, channels, width, each;

  Groups(const Tensor& x, const Tensor& mean)
      : rows(mean.count()),
        channels(x.size(1) / mean.size(1)),
        width(x.size(2)),
        each(mean.size(1)) {}
  __device__ std::int64_t size() const { return channels * width; }
  __device__ std::int64_t first(std::int64_t row) const { return row % each * channels; }
};

template <class T>
struct Normalise {
  T *y, *mean, *rstd;
  const T *x, *weight, *bias;
  Groups groups;
  T epsilon;

  __device__ void operator()(const cuda::Block& block) const {
    const std::int64_t row = block.index(), size = groups.size();
    const T* from = x + row * size;
    T sum = 0, squares = 0;
    for (std::int64_t j = block.thread(); j < size; j += cuda::block_threads) sum += from[j];
    const T m = cuda::combine_block(block, cuda::Sum{}, sum) / static_cast<T>(size);
    for (std::int64_t j = block.thread(); j < size; j += cuda::block_threads)
      squares += (from[j] - m) * (from[j] - m);
    squares = cuda::combine_block(block, cuda::Sum{}, squares);
    const T r = 1 / std::sqrt(squares / static_cast<T>(size) + epsilon);
    for (std::int64_t j = block.thread(); j < size; j += cuda::block_threads) {
      const std::int64_t channel = groups.first(row) + j / groups.width;
      T value = (from[j] - m) * r;
      if (weight) value *= weight[channel];
      if (bias) value += bias[channel];
      y[row * size + j] = value;
    }
    if (block.thread() == 0) mean[row] = m, rstd[row] = r;
  }
};

/// Of channel `at` of all samples' channels: the sum of g, and of g times the normalised x.
template <class T>
struct ChannelSums {
  T *plain, *normal;
  const T *g, *x, *mean, *rstd;
  Groups groups;

  __device__ void operator()(std::int64_t at, cuda::Warp warp) const {
    const std::int64_t row = at / groups.channels, begin = at * groups.width;
    const T m = mean[row], r = rstd[row];
    T sum = 0, weighed = 0;
    for (std::int64_t j = warp.lane(); j < groups.width; j += cuda::warp_threads) {
      sum += g[begin + j];
      weighed += g[begin + j] * ((x[begin + j] - m) * r);
    }
    sum = cuda::combine_lanes(warp, cuda::Sum{}, sum);
    weighed = cuda::combine_lanes(warp, cuda::Sum{}, weighed);
    if (warp.lane() == 0) plain[at] = sum, normal[at] = weighed;
  }
};

template <class T>
struct InputGradient {
  T* dx;
  const T *g, *x, *weight, *mean, *rstd, *plain, *normal;
  Groups groups;

  __device__ void operator()(const cuda::Block& block) const {
    const std::int64_t row = block.index(), size = groups.size(), first = groups.first(row);
    T along_mean = 0, along_normal = 0;
    for (std::int64_t k = block.thread(); k < groups.channels; k += cuda::block_threads) {
      const T w = weight ? weight[first + k] : T(1);
      along_mean += w * plain[row * groups.channels + k];
      along_normal += w * normal[row * groups.channels + k];
    }
    along_mean = cuda::combine_block(block, cuda::Sum{}, along_mean) / static_cast<T>(size);
    along_normal = cuda::combine_block(block, cuda::Sum{}, along_normal) / static_cast<T>(size);
    const T m = mean[row], r = rstd[row];
    for (std::int64_t j = block.thread(); j < size; j += cuda::block_threads) {
      const std::int64_t at = row * size + j;
      const T scaled = weight ? g[at] * weight[first + j / groups.width] : g[at];
      dx[at] = (scaled - along_mean - (x[at] - m) * r * along_normal) * r;
    }
  }
};

}  // namespace

void group_norm(CudaStream stream, const Tensor& y, const Tensor& mean, const Tensor& rstd,
                const Tensor& x, const Tensor& weight, const Tensor& bias, double epsilon) {
  const Groups groups(x, mean);
  Tensor dense = x.contiguous(), scale = weight ? weight.contiguous() : weight;
  Tensor shift = bias ? bias.contiguous() : bias;
  visit_float(x.dtype(), "group_norm", [&]<class T>() {
    using P = cuda::Pointer<T>;
    cuda::for_each_block(
        "group_norm", stream, groups.rows, cuda::combine_bytes<T>,
        Normalise<T>{P::written(y), P::written(mean), P::written(rstd), P::read(dense),
                     P::read(scale), P::read(shift), groups, static_cast<T>(epsilon)});
  });
}

void group_norm_gradients(CudaStream stream, const Tensor& dx, const Tensor& dweight,
                          const Tensor& dbias, const Tensor& g, const Tensor& x,
                          const Tensor& weight, const Tensor& mean, const Tensor& rstd) {
  const Groups groups(x, mean);
  const std::int64_t samples = x.size(0), channels = x.size(1);
  Tensor dense = x.contiguous(), gradient = g.contiguous();
  Tensor scale = weight ? weight.contiguous() : weight;
  Tensor sums({2, samples, channels}, x.dtype(), x.device());
  visit_float(x.dtype(), "group_norm", [&]<class T>() {
    using P = cuda::Pointer<T>;
    T *plain = sums.mutable_data<T>(), *normal = plain + samples * channels;
    cuda::for_each_warp("group_norm", stream, samples * channels,
                        ChannelSums<T>{plain, normal, P::read(gradient), P::read(dense),
                                       P::read(mean), P::read(rstd), groups});
    if (dx)
      cuda::for_each_block(
          "group_norm", stream, groups.rows, cuda::combine_bytes<T>,
          InputGradient<T>{P::written(dx), P::read(gradient), P::read(dense), P::read(scale),
                           P::read(mean), P::read(rstd), plain, normal, groups});
  });
  const Tensor* out[] = {&dbias, &dweight};
  for (int i = 0; i < 2; ++i)
    if (*out[i]) reduce(stream, Reduction::sum, out[i]->reshape({1, channels}), sums[i]);
}

}  // namespace tutti::launch
