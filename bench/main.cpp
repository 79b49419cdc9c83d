// tutti-bench: what collectives and memory reach on this machine, measured against the floor and
// against MPI, and what training costs. Run it under mpirun; see bench/README.md.
#include <iostream>

#include "collectives/rows.h"
#include "commands.h"
#include "tutti/comm/run.h"

using namespace tutti;

namespace {

/// Runs the subcommand that the command line names; false when a result was wrong.
bool run_command(int argc, char** argv, Communicator& world) {
  bool wrong = false;
  CLI::App app(
      "Measures collectives over all ranks of an MPI job. Results are verified before they are "
      "timed; a wrong one ends in exit code 1.",
      "tutti-bench");
  app.require_subcommand(1);
  app.footer("As in: mpirun -np 2 tutti-bench all_reduce -b 8 -e 256M -f 2 --vs mpi");
  for (const bench::Collective* collective : bench::collectives())
    bench::add_collective(app, world, *collective, wrong);
  bench::add_memory(app, world);
  bench::add_bits(app, world);
  bench::add_simulate(app, world);
  bench::add_train(app, world);
  bench::add_ops(app, world);
  bench::add_overhead(app, world);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    if (world.rank() == 0) std::cout << app.help();
  } catch (const CLI::RequiredError&) {
    std::string known;
    for (const CLI::App* command : app.get_subcommands({})) known += " " + command->get_name();
    raise("tutti-bench: found ", argc > 1 ? argv[1] : "nothing", ", expected one of", known,
          "; see tutti-bench --help");
  } catch (const CLI::ParseError& error) {
    raise("tutti-bench: ", error.what(), "; see tutti-bench --help");
  }
  return !wrong;
}

}  // namespace

int main(int argc, char** argv) {
  bool right = true;
  const int code =
      run(argc, argv, [&](Communicator& world) { right = run_command(argc, argv, world); });
  return right ? code : 1;
}
