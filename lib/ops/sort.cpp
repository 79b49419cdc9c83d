#include "tutti/ops/sort.h"

#include "launch.h"

namespace tutti {

Tensor ordered_places(const Tensor& x, std::int64_t axis, bool descending,
                      std::optional<std::int64_t> wanted, std::string_view who) {
  if (!x) raise(who, ": found an empty tensor, expected one with elements");
  const int at = x.shape().axis(axis, who);
  const std::int64_t extent = x.shape()[at], count = wanted.value_or(extent);
  if (count < 0 || count > extent)
    raise(who, ": found ", count, " elements asked for along axis ", axis, " of shape ", x.shape(),
          ", expected 0 to ", extent);
  Shape order, shape;
  for (int i = 0; i < x.rank(); ++i)
    if (i != at) {
      order.push_back(i);
      shape.push_back(x.shape()[i]);
    }
  order.push_back(at);
  const std::int64_t rows = shape.count();
  shape.push_back(count);
  Tensor places({rows, count}, Dtype::i64, x.device());
  const Tensor values =
      x.to(accumulator_of(x.dtype())).permute(order).contiguous().reshape({rows, extent});
  x.device().dispatch([&](auto stream) { launch::sort(stream, places, values, descending); });
  AxisList back = order;
  for (int i = 0; i < x.rank(); ++i) back[static_cast<int>(order[i])] = i;
  return places.reshape(shape).permute(back).contiguous();
}

}  // namespace tutti
