// The bits subcommand: which all-reduces give the same bits on all ranks, however a block is split.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "commands.h"
#include "mpi_peer.h"
#include "options.h"
#include "tutti/base/sha256.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/all_reduce/table.h"
#include "tutti/comm/symmetric.h"

namespace tutti::bench {
namespace {

// Numbers of very different size: hardly any two orders of addition agree.
std::vector<float> inputs_of(int rank, std::size_t count) {
  std::mt19937 random(static_cast<unsigned>(rank));
  std::vector<float> values(count);
  for (float& value : values) {
    const int exponent = static_cast<int>(random() % 24) - 12;
    value = std::ldexp(static_cast<float>(random()) * 0x1p-32f - 0.5f, exponent);
  }
  return values;
}

// Ends of parts at random places, the same on all ranks; the last is `count`.
std::vector<std::size_t> random_cuts(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::size_t> ends(3 + random() % 4);
  for (std::size_t& end : ends) end = random() % (count + 1);
  ends.push_back(count);
  std::ranges::sort(ends);
  return ends;
}

struct Bits {
  std::string hash;  ///< of rank 0, whole
  bool on_all_ranks = true, in_all_runs = true, when_split = true;
};

template <class Reduce>
Bits examine(Block block, const std::vector<float>& inputs, int runs, Reduce reduce) {
  const auto hash = [&] {
    Sha256 hash;
    hash.update(block.data, block.bytes());
    return hex(hash.finish());
  };
  const auto start = [&] { std::ranges::copy(inputs, static_cast<float*>(block.data)); };
  const auto on_all_ranks = [&](bool yes) { return sum_over_ranks(!yes) == 0; };
  Bits bits;
  for (int run = 0; run < runs; ++run) {
    start();
    reduce(block);
    const std::string whole = hash();
    if (run == 0) {
      bits.hash = whole;
      char first[65]{};
      whole.copy(first, 64);
      MPI_Bcast(first, 64, MPI_CHAR, 0, MPI_COMM_WORLD);
      bits.on_all_ranks = on_all_ranks(whole == first);
    }
    bits.in_all_runs &= on_all_ranks(whole == bits.hash);
    start();
    std::size_t begin = 0;
    for (const std::size_t end : random_cuts(block.count, static_cast<unsigned>(run))) {
      if (end > begin) reduce(block.slice(begin, end));
      begin = end;
    }
    bits.when_split &= on_all_ranks(hash() == bits.hash);
  }
  return bits;
}

void print(const Communicator& world, std::string_view name, std::string_view canonical,
           const Bits& bits) {
  if (world.rank() != 0) return;
  const auto word = [](bool yes) { return yes ? "same" : "differ"; };
  std::printf("%20.*s  %9.*s  %.16s  %9s  %8s  %10s\n", static_cast<int>(name.size()), name.data(),
              static_cast<int>(canonical.size()), canonical.data(), bits.hash.c_str(),
              word(bits.on_all_ranks), word(bits.in_all_runs), word(bits.when_split));
}

void compare_bits(Communicator& world, std::size_t count, int runs) {
  const std::vector<float> inputs = inputs_of(world.rank(), count);
  const Buffer shared = symmetric_buffer(world, count * sizeof(float));
  const bool is_shared = is_symmetric(world, {shared.data(), count, Dtype::f32, {}});
  const Buffer own(count * sizeof(float), Device());
  if (world.rank() == 0)
    std::printf(
        "# all_reduce of %zu x f32, sum, on %d ranks; %d runs, whole and split at random\n"
        "#          algorithm  canonical  SHA-256 begins    on ranks  in runs  when split\n",
        count, world.size(), runs);
  for (const Algorithm& row : all_reduce_table()) {
    Problem problem{world.size(), count,          Dtype::f32,       ReduceOp::sum(),
                    Order::any,   world.layout(), Memory::symmetric};
    const bool in_shared = row.fits(problem) && is_shared;
    problem.memory = in_shared ? Memory::symmetric : Memory::heap;
    if (!row.fits(problem)) continue;
    const Block block{in_shared ? shared.data() : own.data(), count, Dtype::f32, {}};
    const AllReduceOptions options{.algorithm = row.name, .order = Order::any};
    print(world, row.name, row.canonical(problem) ? "yes" : "no",
          examine(block, inputs, runs,
                  [&](Block part) { all_reduce(world, part, ReduceOp::sum(), options); }));
  }
  print(world, "MPI_Allreduce", "-",
        examine({own.data(), count, Dtype::f32, {}}, inputs, runs, [&](Block part) {
          check_mpi(MPI_Allreduce(MPI_IN_PLACE, part.data, mpi_count(part), MPI_FLOAT, MPI_SUM,
                                  MPI_COMM_WORLD),
                    "MPI_Allreduce");
        }));
}

}  // namespace

void add_bits(CLI::App& app, Communicator& world) {
  struct Options {
    std::size_t count = 10'000;
    int runs = 20;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "bits",
      "which all-reduces give the same bits on all ranks, in all runs, and when a block is "
      "split");
  command->footer("As in: mpirun -np 4 tutti-bench bits");
  command->add_option("--count", options->count, "elements of the block")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 26))
      ->capture_default_str();
  command->add_option("-n,--runs", options->runs, "of each algorithm")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->callback([&world, options] { compare_bits(world, options->count, options->runs); });
}

}  // namespace tutti::bench
