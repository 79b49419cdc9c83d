#include "tutti/ops/map.h"

namespace tutti {

void require_alike(std::span<const Tensor> tensors, std::string_view who) {
  for (const Tensor& tensor : tensors) {
    if (!tensor)
      raise(who,
            ": found an empty tensor, expected one with elements; was a module's "
            "initialise(seed) forgotten?");
    visit_float(tensor.dtype(), who, []<class T>() {});
    if (tensor.dtype() != tensors[0].dtype())
      raise(who, ": found dtypes ", tensors[0].dtype(), " and ", tensor.dtype(), " for shapes ",
            tensors[0].shape(), " and ", tensor.shape(), ", expected one; convert with to(Dtype)");
    require_same_device(tensors[0], tensor, who);
  }
}

template <class T>
void gather(const Tensor& x, std::int64_t begin, int count, T* to) {
  const T* from = static_cast<const T*>(x.raw());
  if (x.is_dense()) {
    std::copy(from + begin, from + begin + count, to);
    return;
  }
  const Shape &shape = x.shape(), &strides = x.strides();
  int last = x.rank() - 1;
  Shape index = shape;
  std::int64_t offset = 0;
  for (int axis = last; axis >= 0; --axis) {
    index[axis] = begin % shape[axis];
    begin /= shape[axis];
    offset += index[axis] * strides[axis];
  }
  for (int done = 0; done < count;) {
    int run = static_cast<int>(std::min<std::int64_t>(count - done, shape[last] - index[last]));
    std::int64_t step = strides[last];
    for (int i = 0; i < run; ++i) to[done + i] = from[offset + i * step];
    done += run;
    offset += run * step;
    index[last] += run;
    for (int axis = last; axis > 0 && index[axis] == shape[axis]; --axis) {
      offset += strides[axis - 1] - shape[axis] * strides[axis];
      index[axis] = 0;
      ++index[axis - 1];
    }
  }
}

template void gather(const Tensor&, std::int64_t, int, float*);
template void gather(const Tensor&, std::int64_t, int, double*);

}  // namespace tutti
