// The subcommands of tutti-bench.
#pragma once

#include <CLI/CLI.hpp>

#include "collective.h"

namespace tutti::bench {

/// A subcommand for each collective of the table; it runs while the command line is parsed. Sets
/// `wrong` when a result was.
void add_collective(CLI::App& app, Communicator& world, const Collective& collective, bool& wrong);

/// "memory": the bandwidth of loads and stores with all ranks at work.
void add_memory(CLI::App& app, Communicator& world);

/// "bits": which all-reduces, MPI's among them, give the same bits however a block is split.
void add_bits(CLI::App& app, Communicator& world);

/// "simulate": all-reduce algorithms on machines that are described, not at hand; how to describe
/// this one, and how good the description is. Runs and prints on rank 0 unless it measures.
void add_simulate(CLI::App& app, const Communicator& world);

/// "train": milliseconds a step of data parallel training, by the recipe of bench/peers/pytorch.py.
void add_train(CLI::App& app, Communicator& world);

/// "overhead": what an op on one element costs, recorded or not. Runs and prints on rank 0.
void add_overhead(CLI::App& app, const Communicator& world);

/// "ops": forward and backward of each op beside their roofline. Measures and prints on rank 0.
void add_ops(CLI::App& app, const Communicator& world);

}  // namespace tutti::bench
