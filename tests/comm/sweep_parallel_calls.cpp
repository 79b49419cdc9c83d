// The calls of the floors above that are collective: of models, their steps, and samplers.
#include <algorithm>
#include <cmath>

#include "sweep_room.h"
#include "tutti/data/sampler.h"
#include "tutti/nn/linear.h"
#include "tutti/parallel/data_parallel.h"

namespace tutti::test::sweep {
namespace {

using parallel::DataParallel;
using parallel::DataParallelOptions;

// One output of `count` inputs, with the weights of a seed.
nn::Linear model_of(const Arguments& a, std::uint64_t seed) {
  nn::Linear model(static_cast<std::int64_t>(a.count), 1);
  model.initialise(seed, Device::cpu(), a.dtype == Dtype::f32 ? Dtype::f32 : Dtype::f64);
  return model;
}
bool same_values(const nn::Module& found, const nn::Module& expected) {
  return found.digest() == expected.digest();
}

DataParallelOptions options_of(const Communicator& c, const Arguments& a) {
  DataParallelOptions options{.shards = c.size(), .algorithm = a.algorithm, .order = a.order};
  if (a.option == 1) options.shards *= 2;
  if (a.option == 2) options.placement = Placement::strided;
  if (a.option == 3) options.bucket_bytes /= 2;
  if (a.option == 4) options.check_every = 3;
  return options;
}

bool wraps(Communicator& c, const Arguments& a) {
  const nn::Linear model = model_of(a, static_cast<std::uint64_t>(c.rank() + 1));
  const DataParallel wrapper(c, model, options_of(c, a));
  return same_values(model, model_of(a, 1));
}
bool agrees(Communicator& c, const Arguments& a) {
  parallel::require_agreement(c, model_of(a, 1), options_of(c, a));
  return true;
}
bool spreads_values(Communicator& c, const Arguments& a) {
  const nn::Linear model = model_of(a, static_cast<std::uint64_t>(c.rank() + 1));
  parallel::broadcast_values(c, model);
  return same_values(model, model_of(a, 1));
}
bool compares_digests(Communicator& c, const Arguments& a) {
  const nn::Linear model = model_of(a, 1);
  return parallel::agreed_digest(c, model) == model.digest();
}

// A model that is wrapped before anything differs.
struct Wrapped {
  Wrapped(Communicator& c, const Arguments& a)
      : model(model_of({.count = a.usual_count}, 1)), wrapper(c, model, {.bucket_bytes = 16}) {}
  nn::Linear model;
  DataParallel<nn::Linear> wrapper;
};

Once broadcasts(Communicator& c, const Arguments& a) {
  auto wrapped = std::make_shared<Wrapped>(c, a);
  return [=, rank = c.rank()] {
    if (rank > 0) wrapped->model.weight().value().fill(7);
    wrapped->wrapper.broadcast();
    return same_values(wrapped->model, model_of({.count = a.usual_count}, 1));
  };
}

// The gradient is the mean over all samples, of which rank r's are r+1.
Once steps(Communicator& c, const Arguments& a) {
  auto wrapped = std::make_shared<Wrapped>(c, a);
  return [=, rank = c.rank(), ranks = c.size()] {
    const std::size_t width = a.usual_count;
    const auto rows_of = [&](int r) { return (r + 1 == ranks ? a.last_count : width) / width; };
    const Shape shape{static_cast<std::int64_t>(rows_of(rank)), static_cast<std::int64_t>(width)};
    wrapped->model.zero_grad();
    mean(wrapped->wrapper(Tensor::full(shape, rank + 1))).backward();
    double sum = 0, samples = 0;
    for (int r = 0; r < ranks; ++r) {
      const auto rows = static_cast<double>(rows_of(r));
      sum += rows * (r + 1);
      samples += rows;
    }
    return std::ranges::all_of(wrapped->model.weight().grad().to_vector<float>(),
                               [&](float found) { return std::abs(found - sum / samples) < 1e-5; });
  };
}

data::SamplerOptions sampling(const Communicator& c, const Arguments& a) {
  data::SamplerOptions options{.batch = 1, .shards = 2 * c.size(), .seed = 5};
  if (a.option == 1) options.batch = 2;
  if (a.option == 2) options.shards *= 2;
  if (a.option == 3) options.seed = 6;
  if (a.option == 4) options.shuffle = false;
  return options;
}
bool samples(Communicator& c, const Arguments& a) {
  const auto size = static_cast<std::int64_t>(a.count);
  const data::DistributedSampler sampler(size, sampling(c, a), c);
  const data::DistributedSampler alone(size, {.batch = 1, .shards = 2 * c.size(), .seed = 5}, 0, 1);
  for (std::int64_t shard = 0; shard < 2; ++shard)
    if (!std::ranges::equal(sampler.shard(0, shard), alone.shard(0, sampler.global_shard(shard))))
      return false;
  return true;
}

Prepare plain(bool (*call)(Communicator&, const Arguments&)) {
  return [=](Communicator& c, const Arguments& a) -> Once {
    return [=]() mutable { return call(c, a); };
  };
}

}  // namespace

std::vector<Call> calls_of_parallel() {
  const std::string all = "count dtype order algorithm options", same = "the same parameters";
  return {
      {"DataParallel()", all, {plain(wraps)}, same, 4},
      {"require_agreement", all, {plain(agrees)}, same, 4},
      {"broadcast_values", "count dtype", {plain(spreads_values)}, {}, 0, false},
      {"agreed_digest", "count dtype", {plain(compares_digests)}, "holds other weights"},
      {"DataParallel::broadcast", "", {broadcasts}, {}, 0, false},
      {"a step of DataParallel", "count", {steps}},
      {"DistributedSampler()", "count options", {plain(samples)}, "the same on all ranks", 4},
  };
}

}  // namespace tutti::test::sweep
