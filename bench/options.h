// What a user asks of a collective's bench.
#pragma once

#include <CLI/CLI.hpp>

#include "collective.h"

namespace tutti::bench {

/// In bytes, each `factor` times the one before.
struct Sizes {
  std::size_t begin = 8, end = 64 << 20, factor = 2;

  std::vector<std::size_t> all() const;
};

struct Options {
  Sizes sizes;
  std::vector<Dtype> dtypes{Dtype::f32};
  std::vector<ReduceOp> ops{ReduceOp::sum()};
  int root = 0;
  int repetitions = 0, warm_up = 5, checks = 1, sweeps = 1;
  std::vector<std::string> algorithms{""};  ///< the empty name: the library's choice
  Memory memory = Memory::symmetric;
  Order order = Order::canonical;
  bool vs_mpi = false;
  std::string json, plot;
};

/// Gives a subcommand the options that the collective has. `options` is filled when it is parsed.
void add_options(CLI::App& command, const Collective& collective, int ranks, Options& options);

/// Error for options that contradict each other.
void require_consistent(const Options& options);

/// -b, -e and -f. What stands in `sizes` is the default.
void add_sizes(CLI::App& command, Sizes& sizes);

/// Error for sizes below `least` bytes, or none at all.
void require_consistent(const Sizes& sizes, std::size_t least = 1);

/// Whole numbers from `least` up.
CLI::Validator at_least(int least);

/// "8", "64K", "256M", "1G": bytes, by powers of 1024. Error naming `who`.
std::size_t parse_bytes(const std::string& text, std::string_view who);

}  // namespace tutti::bench
