// Batch normalisation and its gradients: a block of threads for each channel.
#include <cmath>

#include "launch.h"
#include "pointer.h"
#include "warp.h"

namespace tutti::launch {
namespace {

// The sum of f(k) over the numbers k = 0, 1, ... of a channel, for all threads: each adds up its
// own in order, and the threads' sums are joined in a tree.
template <class T, class F>
__device__ T channel_sum(const cuda::Block& block, std::int64_t count, F f) {
  T sum = 0;
  for (std::int64_t k = block.thread(); k < count; k += cuda::block_threads) sum += f(k);
  return cuda::combine_block(block, cuda::Sum{}, sum);
}

// Where number k of a channel stands in [n, channels, places].
struct Channel {
  std::int64_t channels, places, count;
  explicit Channel(const Shape& shape)
      : channels(shape[1]), places(shape[2]), count(shape[0] * shape[2]) {}
  __device__ std::int64_t at(std::int64_t channel, std::int64_t k) const {
    return (k / places * channels + channel) * places + k % places;
  }
};

template <class T>
struct BatchNorm {
  Channel channel;
  T *y, *mean, *variance, *rstd;
  const T *x, *weight, *bias;
  T epsilon;

  __device__ void operator()(const cuda::Block& block) const {
    const std::int64_t c = block.index(), count = channel.count;
    const T n = static_cast<T>(count);
    const T m =
        channel_sum<T>(block, count, [&](std::int64_t k) { return x[channel.at(c, k)]; }) / n;
    const T squares = channel_sum<T>(block, count, [&](std::int64_t k) {
      const T apart = x[channel.at(c, k)] - m;
      return apart * apart;
    });
    const T r = 1 / std::sqrt(squares / n + epsilon);
    const T scale = weight ? r * weight[c] : r, shift = bias ? bias[c] : T(0);
    for (std::int64_t k = block.thread(); k < count; k += cuda::block_threads)
      y[channel.at(c, k)] = (x[channel.at(c, k)] - m) * scale + shift;
    if (block.thread() == 0) mean[c] = m, rstd[c] = r, variance[c] = squares / (n - 1);
  }
};

template <class T>
struct BatchNormGradients {
  Channel channel;
  T *dx, *dweight, *dbias;
  const T *g, *x, *weight, *mean, *rstd;

  __device__ void operator()(const cuda::Block& block) const {
    const std::int64_t c = block.index(), count = channel.count;
    const T m = mean[c], r = rstd[c], n = static_cast<T>(count);
    const T along =
        channel_sum<T>(block, count, [&](std::int64_t k) { return g[channel.at(c, k)]; });
    const T along_normal = channel_sum<T>(block, count, [&](std::int64_t k) {
      return g[channel.at(c, k)] * ((x[channel.at(c, k)] - m) * r);
    });
    if (block.thread() == 0) {
      if (dweight) dweight[c] = along_normal;
      if (dbias) dbias[c] = along;
    }
    if (!dx) return;
    const T scale = weight ? r * weight[c] : r;
    for (std::int64_t k = block.thread(); k < count; k += cuda::block_threads) {
      const std::int64_t at = channel.at(c, k);
      dx[at] = (g[at] - along / n - (x[at] - m) * r * (along_normal / n)) * scale;
    }
  }
};

}  // namespace

void batch_norm(CudaStream stream, const Tensor& y, const Tensor& mean, const Tensor& variance,
                const Tensor& rstd, const Tensor& x, const Tensor& weight, const Tensor& bias,
                double epsilon) {
  const Tensor dense = x.contiguous(), scale = weight ? weight.contiguous() : weight,
               shift = bias ? bias.contiguous() : bias;
  visit_float(x.dtype(), "batch_norm", [&]<class T>() {
    using P = cuda::Pointer<T>;
    cuda::for_each_block("batch_norm", stream, x.size(1), cuda::combine_bytes<T>,
                         BatchNorm<T>{Channel(x.shape()), P::written(y), P::written(mean),
                                      P::written(variance), P::written(rstd), P::read(dense),
                                      P::read(scale), P::read(shift), static_cast<T>(epsilon)});
  });
}

void batch_norm_gradients(CudaStream stream, const Tensor& dx, const Tensor& dweight,
                          const Tensor& dbias, const Tensor& g, const Tensor& x,
                          const Tensor& weight, const Tensor& mean, const Tensor& rstd) {
  const Tensor dense = x.contiguous(), gradient = g.contiguous(),
               scale = weight ? weight.contiguous() : weight;
  visit_float(x.dtype(), "batch_norm", [&]<class T>() {
    using P = cuda::Pointer<T>;
    cuda::for_each_block(
        "batch_norm", stream, x.size(1), cuda::combine_bytes<T>,
        BatchNormGradients<T>{Channel(x.shape()), P::written(dx), P::written(dweight),
                              P::written(dbias), P::read(gradient), P::read(dense), P::read(scale),
                              P::read(mean), P::read(rstd)});
  });
}

}  // namespace tutti::launch
