// Memory of a call in the sweep, and the numbers in it.
#pragma once

#include "sweep.h"
#include "tutti/tensor/tensor.h"

namespace tutti::test::sweep {

/// Numbers small enough that their sums over ranks are exact.
inline double value(int rank, std::size_t i) {
  return rank + 1 + static_cast<double>(i % 5);
}
/// The sum over all ranks.
inline double total(int ranks, std::size_t i) {
  double sum = 0;
  for (int rank = 0; rank < ranks; ++rank) sum += value(rank, i);
  return sum;
}

inline void put(const Block& block, std::size_t i, double number) {
  if (block.dtype == Dtype::f32)
    static_cast<float*>(block.data)[i] = static_cast<float>(number);
  else
    static_cast<std::int32_t*>(block.data)[i] = static_cast<std::int32_t>(number);
}
inline double get(const Block& block, std::size_t i) {
  return block.dtype == Dtype::f32 ? static_cast<double>(static_cast<const float*>(block.data)[i])
                                   : static_cast<const std::int32_t*>(block.data)[i];
}

/// Room for two wholes, of which blocks or tensors are parts.
template <class Operand>
class Room {
 public:
  explicit Room(const Arguments& a)
      : all_(Tensor::zeros({static_cast<std::int64_t>(2 * a.count + 64)}, a.dtype)),
        block_(all_.block()) {
    if (a.memory) block_.data = a.memory;
  }

  Operand part(std::size_t begin, std::size_t count) const {
    if constexpr (std::same_as<Operand, Block>)
      return block_.slice(begin, begin + count);
    else
      return all_.slice(0, static_cast<std::int64_t>(begin),
                        static_cast<std::int64_t>(begin + count));
  }

 private:
  Tensor all_;
  Block block_;
};

inline Block block(const Block& of) {
  return of;
}
inline Block block(const Tensor& of) {
  return of.block();
}

/// Element i of `to` becomes number(i).
template <class Operand, class Number>
void fill(const Operand& to, Number number) {
  for (std::size_t i = 0; i < block(to).count; ++i) put(block(to), i, number(i));
}
template <class Operand, class Number>
bool holds(const Operand& found, Number number) {
  for (std::size_t i = 0; i < block(found).count; ++i)
    if (get(block(found), i) != number(i)) return false;
  return true;
}

}  // namespace tutti::test::sweep
