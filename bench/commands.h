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

}  // namespace tutti::bench
