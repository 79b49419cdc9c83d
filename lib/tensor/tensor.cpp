#include "tutti/tensor/tensor.h"

#include "launch.h"

namespace tutti {

namespace {

std::size_t bytes_of(const Shape& shape, Dtype dtype) {
  std::size_t bytes = size_of(dtype);
  for (std::int64_t extent : shape) {
    if (extent < 0) raise("Tensor: found shape ", shape, ", expected extents of 0 or more");
    if (__builtin_mul_overflow(bytes, static_cast<std::size_t>(extent), &bytes))
      raise("Tensor: found shape ", shape, " of ", dtype, ", expected less than 2^64 bytes");
  }
  return bytes;
}

}  // namespace

Tensor::Tensor(const Shape& shape, Dtype dtype, Device device)
    : buffer_(bytes_of(shape, dtype), std::move(device)),
      shape_(shape),
      strides_(row_major_strides(shape)),
      dtype_(dtype) {}

void Tensor::raise_empty() {
  raise(
      "Tensor: found an empty one, which has no elements, expected one with values; a gradient is "
      "empty before backward() has reached its leaf");
}

Tensor Tensor::zeros(const Shape& shape, Dtype dtype, Device device) {
  return full(shape, 0, dtype, std::move(device));
}

Tensor Tensor::full(const Shape& shape, double value, Dtype dtype, Device device) {
  Tensor out(shape, dtype, std::move(device));
  out.fill(value);
  return out;
}

template <class T>
Tensor Tensor::from(std::span<const T> values, const Shape& shape, Device device) {
  if (static_cast<std::int64_t>(values.size()) != shape.count())
    raise("Tensor::from: found ", values.size(), " values for shape ", shape, ", expected ",
          shape.count());
  Tensor out(shape, dtype_of<T>(), std::move(device));
  tutti::copy(out.device().stream(), out.block(), block_of(values.data(), values.size()));
  out.device().synchronize();
  return out;
}

Tensor Tensor::over(Buffer buffer, std::size_t offset, const Shape& shape, Dtype dtype) {
  std::size_t end = offset + static_cast<std::size_t>(shape.count()) * size_of(dtype);
  if (end > buffer.bytes())
    raise("Tensor::over: found a buffer of ", buffer.bytes(), " bytes, expected ", end,
          " for shape ", shape, " of ", dtype, " at offset ", offset);
  Tensor out;
  out.buffer_ = buffer.part(offset, end - offset);
  out.shape_ = shape;
  out.strides_ = row_major_strides(shape);
  out.dtype_ = dtype;
  return out;
}

template <class T>
const T* Tensor::data() const {
  if (dtype_ != dtype_of<T>())
    raise("Tensor::data: found dtype ", dtype_, ", expected ", dtype_of<T>(),
          "; convert with to()");
  return static_cast<const T*>(raw());
}

template <class T>
T* Tensor::mutable_data() const {
  if (dtype_ != dtype_of<T>())
    raise("Tensor::mutable_data: found dtype ", dtype_, ", expected ", dtype_of<T>(), "; write ",
          dtype_, ", or make the tensor with dtype ", dtype_of<T>());
  count_write();
  return const_cast<T*>(data<T>());
}

void* Tensor::mutable_raw() const {
  count_write();
  return const_cast<void*>(raw());
}

Block Tensor::block() const {
  count_write();
  return const_block();
}

Block Tensor::const_block() const {
  if (!is_dense())
    raise("Tensor::block: found strides ", strides_, " for shape ", shape_,
          ", expected a dense tensor; call contiguous() first");
  return {const_cast<void*>(raw()), static_cast<std::size_t>(count()), dtype_, device().id()};
}

bool Tensor::is_dense() const {
  std::int64_t step = 1;
  for (int i = rank() - 1; i >= 0; --i) {
    if (shape_[i] != 1 && strides_[i] != step) return false;
    step *= shape_[i];
  }
  return true;
}

Tensor Tensor::clone() const {
  Tensor out(shape_, dtype_, device());
  out.copy_from(*this);
  return out;
}

Tensor Tensor::to(const Device& target) const {
  if (target.id() == device().id()) return *this;
  Tensor dense = contiguous();
  Tensor out(shape_, dtype_, target);
  const Device& cuda = target.is_cpu() ? device() : target;
  tutti::copy(cuda.stream(), out.block(), dense.const_block());
  cuda.synchronize();
  return out;
}

Tensor Tensor::to(Dtype target) const {
  if (target == dtype_) return *this;
  Tensor out(shape_, target, device());
  out.copy_from(*this);
  return out;
}

void Tensor::copy_from(const Tensor& from) const {
  if (from.device().id() != device().id()) return copy_from(from.to(device()));
  Tensor source = from.expand(shape_);
  if (dtype_ == source.dtype_ && is_dense() && source.is_dense())
    return tutti::copy(device().stream(), block(), source.const_block());
  device().dispatch([&](auto stream) { launch::copy(stream, *this, source); });
}

void Tensor::fill(double value) const {
  device().dispatch([&](auto stream) { launch::fill(stream, *this, value); });
}

double Tensor::item() const {
  if (count() != 1)
    raise("Tensor::item: found shape ", shape_, ", expected one element; sum() or slice() first");
  return to(Dtype::f64).to_vector<double>()[0];
}

template <class T>
std::vector<T> Tensor::to_vector() const {
  Tensor host = contiguous().to(Device::cpu());
  host.device().synchronize();
  const T* values = host.data<T>();
  return std::vector<T>(values, values + count());
}

void require_same_device(const Tensor& a, const Tensor& b, std::string_view who) {
  if (a.device().id() != b.device().id())
    raise(who, ": found tensors on ", a.device().id(), " and ", b.device().id(),
          ", expected one device; move one with to(device)");
}

#define TUTTI_TENSOR_TYPE(T)                                                 \
  template Tensor Tensor::from<T>(std::span<const T>, const Shape&, Device); \
  template const T* Tensor::data<T>() const;                                 \
  template T* Tensor::mutable_data<T>() const;                               \
  template std::vector<T> Tensor::to_vector<T>() const;
TUTTI_TENSOR_TYPE(float)
TUTTI_TENSOR_TYPE(double)
TUTTI_TENSOR_TYPE(f16)
TUTTI_TENSOR_TYPE(bf16)
TUTTI_TENSOR_TYPE(std::int32_t)
TUTTI_TENSOR_TYPE(std::int64_t)
TUTTI_TENSOR_TYPE(std::uint8_t)

}  // namespace tutti
