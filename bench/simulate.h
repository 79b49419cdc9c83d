// tutti-bench simulate, as a subcommand.
#pragma once

namespace CLI {
class App;
}

/// Adds the subcommand. It needs neither MPI nor other processes.
void add_simulate(CLI::App& app);
