// A convolution of a few samples by a library, where one is at hand that beats products of columns.
#pragma once

#include <memory>

#include "ops/convolution.h"

namespace tutti::cpu {

/// One of the three products, in f32 and on the calling thread. It knows its shapes alone: several
/// threads may run it at once.
class Conv2dTile {
 public:
  enum class Product { output, input, weight };
  /// For `samples` samples at a time. Empty where products of columns are the better way.
  static std::shared_ptr<const Conv2dTile> find(Product product, const launch::Extents& conv,
                                                std::int64_t samples, bool bias);
  virtual ~Conv2dTile() = default;

  /// Elements that run() needs as scratch, and that pack() writes.
  virtual std::int64_t scratch_count() const = 0;
  virtual std::int64_t packed_count() const = 0;
  /// The weights as run() reads them.
  virtual void pack(float* packed, const float* weights) const = 0;
  /// output: y = x packed + bias. input: dx from dy and packed. weight: dw from dy and x, of which
  /// the second is dense. `bias` is read where the product has one.
  virtual void run(float* result, const float* first, const float* second, const float* bias,
                   float* scratch) const = 0;
};

}  // namespace tutti::cpu
