// tutti-bench simulate, as a subcommand.
#pragma once

namespace CLI {
class App;
}

/// Adds the subcommand. Only --calibrate and --compare use MPI; they initialise it unless the
/// caller has.
void add_simulate(CLI::App& app);
