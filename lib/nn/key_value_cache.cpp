#include "tutti/nn/key_value_cache.h"

#include <vector>

#include "tutti/autograd/grad_mode.h"

namespace tutti::nn {

struct KeyValueCache::Layer {
  Tensor keys, values;  // with room for all places
  std::int64_t length = 0;
};

struct KeyValueCache::State {
  std::int64_t capacity;
  std::vector<Layer> layers;
};

namespace {

Shape with_places(Shape shape, std::int64_t places) {
  shape[shape.rank() - 2] = places;
  return shape;
}

bool has_room_like(const Tensor& memory, const Tensor& x, std::int64_t capacity) {
  return memory && memory.shape() == with_places(x.shape(), capacity) &&
         memory.dtype() == x.dtype() && memory.device().id() == x.device().id();
}

}  // namespace

KeyValueCache::KeyValueCache(std::int64_t capacity, std::int64_t layers) {
  if (capacity < 1 || layers < 1)
    raise("KeyValueCache: found ", capacity, " places and ", layers,
          " layers, expected 1 or more of both");
  state_ = std::make_shared<State>(
      State{capacity, std::vector<Layer>(static_cast<std::size_t>(layers))});
}

std::int64_t KeyValueCache::capacity() const {
  return state_->capacity;
}

std::int64_t KeyValueCache::layers() const {
  return static_cast<std::int64_t>(state_->layers.size());
}

KeyValueCache::Layer& KeyValueCache::at(std::int64_t layer) const {
  if (layer < 0 || layer >= layers())
    raise("KeyValueCache: found layer ", layer, ", expected 0 to ", layers() - 1);
  return state_->layers[static_cast<std::size_t>(layer)];
}

std::int64_t KeyValueCache::length(std::int64_t layer) const {
  return at(layer).length;
}

void KeyValueCache::clear() const {
  for (Layer& layer : state_->layers) layer.length = 0;
}

std::pair<Tensor, Tensor> KeyValueCache::append(std::int64_t layer, const Tensor& k,
                                                const Tensor& v) const {
  if (grad_enabled())
    raise(
        "KeyValueCache: found that gradients are recorded, expected a NoGrad: no gradient passes "
        "through what is cached");
  Layer& kept = at(layer);
  if (k.rank() < 2 || v.rank() != k.rank() || v.size(-2) != k.size(-2))
    raise("KeyValueCache: found keys ", k.shape(), " and values ", v.shape(),
          ", expected [..., t, d] and [..., t, e]");
  const std::int64_t begin = kept.length, end = begin + k.size(-2), capacity = state_->capacity;
  if (end > capacity)
    raise("KeyValueCache: found ", k.size(-2), " places after ", begin, ", expected at most ",
          capacity, " together; clear() it, or make a larger one");
  if (!has_room_like(kept.keys, k, capacity) || !has_room_like(kept.values, v, capacity)) {
    if (begin > 0)
      raise("KeyValueCache: found keys ", k.shape(), " ", k.dtype(), " and values ", v.shape(), " ",
            v.dtype(), " after ", kept.keys.slice(-2, 0, begin).shape(), " ", kept.keys.dtype(),
            " and ", kept.values.slice(-2, 0, begin).shape(), " ", kept.values.dtype(),
            ", expected the same sequences; clear() it for others");
    kept.keys = Tensor(with_places(k.shape(), capacity), k.dtype(), k.device());
    kept.values = Tensor(with_places(v.shape(), capacity), v.dtype(), v.device());
  }
  kept.keys.slice(-2, begin, end).copy_from(k);
  kept.values.slice(-2, begin, end).copy_from(v);
  kept.length = end;
  return {kept.keys.slice(-2, 0, end), kept.values.slice(-2, 0, end)};
}

}  // namespace tutti::nn
