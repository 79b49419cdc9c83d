// What the bench says of a training.
#pragma once

#include <iosfwd>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "train_steps.h"

namespace tutti::bench {

struct TrainReport {
  std::string model;
  int ranks;
  Trained trained;
  // Of this rank, in bytes:
  std::uint64_t memory;    ///< that tensors had at once, at most; as its allocator holds them
  std::uint64_t resident;  ///< that the process had at once, at most
  /// The products of linear layers in a step.
  struct Products {
    double operations;
    double best_seconds;  ///< what they take alone, by the fastest library for each shape
    double share;         ///< of best_seconds in a step's forward and backward
  };
  std::optional<Products> products = {};

  /// Times the products; leaves them out where ops have several threads, or nothing is linear.
  void add_products();
  /// "train model=gpt ranks=2 ms_per_step=..."
  std::string line() const;
  /// A table of milliseconds a step by op.
  void show_ops(std::ostream& out) const;
  nlohmann::ordered_json json() const;
};

}  // namespace tutti::bench
