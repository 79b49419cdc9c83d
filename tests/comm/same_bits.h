// One result, to the last bit, from every canonical algorithm, however the block lies and is cut.
#pragma once

#include <bit>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

#include "reference.h"
#include "tutti/base/half.h"
#include "tutti/base/sha256.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/all_reduce/table.h"
#include "tutti/comm/symmetric.h"

namespace tutti::test {

inline float as_computed(bf16 x) {
  return widen(x);
}
inline float as_computed(float x) {
  return x;
}
inline bf16 as_stored(float x, bf16 like) {
  return narrow(x, like);
}
inline float as_stored(float x, float) {
  return x;
}

/// The averages of `count` random numbers of every rank, by every row that is canonical and fits.
template <class T>
class SameBits {
 public:
  /// Collective.
  SameBits(Communicator& c, std::size_t count)
      : c_(c),
        input_(count),
        heap_(count),
        symmetric_(symmetric_buffer(c, count * sizeof(T))),
        expected_(reference()) {
    for (std::size_t i = 0; i < count; ++i) input_[i] = value(c.rank(), i);
  }

  /// Collective: the names of the rows that were tried. Error where bits differ.
  std::vector<std::string_view> check(int runs) {
    std::vector<std::string_view> tried;
    for (const Algorithm& row : all_reduce_table())
      for (Memory memory : {Memory::heap, Memory::symmetric})
        for (bool whole : {true, false}) {
          if (!usable(row, memory, whole ? input_.size() : longest)) continue;
          for (int run = 0; run < runs; ++run) check(row, memory, whole, run);
          if (tried.empty() || tried.back() != row.name) tried.push_back(row.name);
        }
    return tried;
  }
  /// SHA-256 of the result.
  const std::string& digest() const { return expected_; }

 private:
  static constexpr std::size_t shortest = 512, longest = 4096;  // pieces, in elements

  static T value(int rank, std::size_t i) { return as_stored(random<float>(rank, i), T{}); }

  static std::string digest_of(const T* data, std::size_t count) {
    Sha256 hash;
    hash.update(data, count * sizeof(T));
    return hex(hash.finish());
  }

  std::string reference() const {
    std::vector<T> result(input_.size());
    std::vector<float> x(c_.size());
    for (std::size_t i = 0; i < result.size(); ++i) {
      for (int r = 0; r < c_.size(); ++r) x[r] = as_computed(value(r, i));
      result[i] = as_stored(canonical_sum(x, 0, x.size()) / static_cast<float>(c_.size()), T{});
    }
    return digest_of(result.data(), result.size());
  }

  bool usable(const Algorithm& row, Memory memory, std::size_t count) const {
    const Problem problem{c_.size(),        count,       dtype_of<T>(), ReduceOp::average(),
                          Order::canonical, c_.layout(), memory};
    return row.canonical(problem) && row.fits(problem);
  }

  void check(const Algorithm& row, Memory memory, bool whole, int run) {
    T* data = memory == Memory::heap ? heap_.data() : static_cast<T*>(symmetric_.data());
    std::copy(input_.begin(), input_.end(), data);
    const std::size_t count = input_.size();
    const Philox cuts(static_cast<std::uint64_t>(run) + 1);
    for (std::size_t begin = 0, end, piece = 0; begin < count; begin = end, ++piece) {
      const auto random = cuts.at(0, piece);
      end = whole ? count : begin + shortest + random[0] % (longest - 2 * shortest);
      if (end + shortest > count) end = count;
      // Ranks come in another order every time.
      if (random[1] % 8 == 0 && random[2] % c_.size() == static_cast<unsigned>(c_.rank()))
        std::this_thread::sleep_for(std::chrono::microseconds(random[3] % 100));
      all_reduce(c_, block_of(data, count).slice(begin, end), ReduceOp::average(),
                 {.algorithm = row.name});
    }
    const std::string found = digest_of(data, count);
    if (found != expected_)
      raise("rank ", c_.rank(), " of ", c_.size(), ", ", row.name,
            memory == Memory::heap ? "" : ", symmetric", whole ? ", whole" : ", cut", ", run ", run,
            ": found ", found, ", expected ", expected_);
  }

  Communicator& c_;
  std::vector<T> input_, heap_;
  Buffer symmetric_;
  std::string expected_;
};

/// The rows that SameBits must have tried on `ranks` ranks, `per_node` to a node: one that drops
/// out would be missed by no other test.
inline std::set<std::string_view> canonical_rows(int ranks, int per_node, bool cross_memory) {
  std::set<std::string_view> rows{"recursive_doubling", "halving_doubling", "binomial_tree"};
  if (per_node >= ranks) rows.insert({"direct", "staged", "one_shot"});
  if (per_node >= ranks && cross_memory) rows.insert("cross_memory");
  if (per_node < ranks && ranks % per_node == 0 && per_node > 1 &&
      std::has_single_bit(static_cast<unsigned>(per_node)))
    rows.insert("hierarchical");
  return rows;
}

/// Collective: SameBits of f32 and bf16, in blocks of one chunk and of several.
template <class Tried>
void check_same_bits(Communicator& c, int runs, Tried&& tried) {
  const auto check = [&](auto like, std::size_t count) {
    SameBits<decltype(like)> bits(c, count);
    tried(bits.check(runs), bits.digest());
  };
  check(float{}, 16000);  // fits one_shot
  check(float{}, 40000);
  check(bf16{}, 70001);
}

}  // namespace tutti::test
