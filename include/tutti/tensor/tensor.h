// The multidimensional array: a shape and strides over a buffer.
#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "tutti/base/shape.h"
#include "tutti/device/buffer.h"

namespace tutti {

/// A shared handle, cheap to copy: copies see the same elements, clone() does not. Views (slice,
/// transpose, permute, expand, and reshape of a dense one) share memory too. A default-made
/// tensor holds nothing. Errors name the call and the shapes.
/// f16 and bf16 store what is computed in f32 and rounded once.
class Tensor {
 public:
  Tensor() = default;
  /// Dense and uninitialised.
  Tensor(const Shape& shape, Dtype dtype, Device device);

  static Tensor zeros(const Shape& shape, Dtype dtype = Dtype::f32, Device device = Device::cpu());
  static Tensor full(const Shape& shape, double value, Dtype dtype = Dtype::f32,
                     Device device = Device::cpu());
  static Tensor ones(const Shape& shape, Dtype dtype = Dtype::f32, Device device = Device::cpu());
  /// In the shape, dtype and on the device of `like`.
  static Tensor zeros_like(const Tensor& like) { return full_like(like, 0); }
  static Tensor full_like(const Tensor& like, double value);
  /// [n]: begin, begin + step, begin + 2 step, ... as long as they lie before `end`, each rounded
  /// once. Error for a step of 0 or one away from `end`, and for integers that are not whole.
  static Tensor arange(double begin, double end, double step = 1, Dtype dtype = Dtype::f32,
                       Device device = Device::cpu());
  /// 0, 1, ... as long as they lie before `end`.
  static Tensor arange(double end, Dtype dtype = Dtype::f32, Device device = Device::cpu());
  /// [count] of a float dtype: from `begin` to `end`, both included, at equal distances; one
  /// element is `begin`.
  static Tensor linspace(double begin, double end, std::int64_t count, Dtype dtype = Dtype::f32,
                         Device device = Device::cpu());
  /// [rows, columns]: 1 on the diagonal, else 0.
  static Tensor eye(std::int64_t rows, std::int64_t columns, Dtype dtype = Dtype::f32,
                    Device device = Device::cpu());
  static Tensor eye(std::int64_t rows, Dtype dtype = Dtype::f32, Device device = Device::cpu());
  /// Random numbers: element i depends on (seed, i) alone, and is the same on every device and on
  /// any number of threads. Any float dtype. rand: uniform in [0, 1), the upper bits of 53 random
  /// ones that the dtype holds. randn: normal with mean 0 and deviation 1, computed in f64 and
  /// rounded once; |x| is at most 6.77. See tutti/base/random.h.
  static Tensor rand(const Shape& shape, std::uint64_t seed, Dtype dtype = Dtype::f32,
                     Device device = Device::cpu());
  static Tensor randn(const Shape& shape, std::uint64_t seed, Dtype dtype = Dtype::f32,
                      Device device = Device::cpu());
  /// A copy of `values`, in row-major order; shape.count() of them.
  template <class T>
  static Tensor from(std::span<const T> values, const Shape& shape, Device device = Device::cpu());
  template <class T>
  static Tensor from(const std::vector<T>& values, const Shape& shape,
                     Device device = Device::cpu()) {
    return from(std::span<const T>(values), shape, std::move(device));
  }
  /// Of the values' type: from({1.0f, 2.0f}, {2}) is f32, from({1.0, 2.0}, {2}) f64.
  template <class T>
  static Tensor from(std::initializer_list<T> values, const Shape& shape,
                     Device device = Device::cpu()) {
    return from(std::span<const T>(values.begin(), values.size()), shape, std::move(device));
  }
  /// A dense tensor over memory that `buffer` holds, from `offset` bytes on, with a version of its
  /// own.
  static Tensor over(Buffer buffer, std::size_t offset, const Shape& shape, Dtype dtype);

  explicit operator bool() const { return static_cast<bool>(buffer_); }
  const Shape& shape() const { return shape_; }
  const Shape& strides() const { return strides_; }  ///< in elements; 0 where expanded
  int rank() const { return shape_.rank(); }
  std::int64_t size(std::int64_t axis) const { return shape_[shape_.axis(axis, "size")]; }
  std::int64_t count() const { return shape_.count(); }
  Dtype dtype() const { return dtype_; }
  /// Error for an empty tensor, which has neither device nor elements.
  const Device& device() const {
    if (!buffer_) raise_empty();
    return buffer_.device();
  }

  /// The address of element 0, in the device's memory, for reading. data<T>() is an Error for
  /// another dtype.
  const void* raw() const { return static_cast<std::byte*>(buffer_.data()) + offset_; }
  template <class T>
  const T* data() const;
  /// The same for writing: counts as a write.
  void* mutable_raw() const;
  template <class T>
  T* mutable_data() const;
  /// The elements as a block that may be written: counts as a write. Error unless dense.
  Block block() const;
  /// The same for a call that only reads it.
  Block const_block() const;

  /// How often the elements were written, through this tensor or a view of the same memory. What
  /// was saved for backward must not be written before backward reads it.
  std::uint64_t version() const { return buffer_.version(); }
  /// Says that the elements were written by other means, as by a pointer that was kept.
  void count_write() const { buffer_.count_write(); }
  /// Do both begin at the same element of the same memory?
  bool same_memory(const Tensor& other) const {
    return buffer_ && other.buffer_ && raw() == other.raw();
  }
  /// Row-major without gaps?
  bool is_dense() const;

  /// Position `index` along the first axis, from the end where negative; that axis is dropped. A
  /// view.
  Tensor operator[](std::int64_t index) const { return select(0, index); }
  /// The same along `axis`.
  Tensor select(std::int64_t axis, std::int64_t index) const;
  /// Elements [begin, end) along `axis`. A view.
  Tensor slice(std::int64_t axis, std::int64_t begin, std::int64_t end) const;
  /// Axes a and b exchanged. A view.
  Tensor transpose(std::int64_t a = -2, std::int64_t b = -1) const;
  /// Axis i of the result is axis order[i] of this one. A view.
  Tensor permute(const AxisList& order) const;
  /// Broadcast to `shape`: extents of 1 and missing leading axes repeat. A view.
  Tensor expand(const Shape& shape) const;
  /// The same elements in row-major order under another shape; one extent may be -1. A view when
  /// dense or when only extents of 1 come and go, else of a copy.
  Tensor reshape(Shape shape) const;

  /// Itself when dense, else a dense copy.
  Tensor contiguous() const { return is_dense() ? *this : clone(); }
  /// A dense deep copy.
  Tensor clone() const;
  /// Itself when `device` shares its memory space, else a copy there. Waits for copies to the host.
  Tensor to(const Device& device) const;
  /// Itself when the dtype matches, else converted as C++ does, and to the nearest f16 or bf16.
  Tensor to(Dtype dtype) const;
  /// Converts `from` elementwise into this tensor's memory; from.shape() must expand to shape().
  void copy_from(const Tensor& from) const;
  void fill(double value) const;

  /// The value of a one-element tensor. Waits for the device.
  double item() const;
  /// All elements in row-major order, on the host. Waits for the device.
  template <class T>
  std::vector<T> to_vector() const;

 private:
  [[noreturn]] static void raise_empty();
  Tensor view(const Shape& shape, const Shape& strides, std::int64_t skip) const;

  Buffer buffer_;
  std::size_t offset_ = 0;
  Shape shape_;
  Shape strides_;
  Dtype dtype_ = Dtype::f32;
};

/// Error unless both are in one memory space; names `who` and both devices.
void require_same_device(const Tensor& a, const Tensor& b, std::string_view who);

}  // namespace tutti
