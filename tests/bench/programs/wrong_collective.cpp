// wrong_collective ours|mpi OPTIONS: benches an all-reduce of which one side errs in one element.
#include <string_view>

#include "collectives/rows.h"
#include "commands.h"
#include "tutti/comm/run.h"

using namespace tutti;

namespace {

void spoil(const bench::Call& call) {
  auto* bytes = static_cast<std::byte*>(call.out.data);
  if (call.rank == 1) bytes[call.out.bytes() - 1] ^= std::byte{1};
}

void wrong_ours(Communicator& world, const bench::Call& call) {
  bench::all_reduce.ours(world, call);
  spoil(call);
}

void wrong_mpi(const bench::MpiPeer& peer, const bench::Call& call) {
  bench::all_reduce.mpi(peer, call);
  spoil(call);
}

}  // namespace

int main(int argc, char** argv) {
  bench::Collective broken = bench::all_reduce;
  if (std::string_view(argv[1]) == "ours") broken.ours = wrong_ours;
  if (std::string_view(argv[1]) == "mpi") broken.mpi = wrong_mpi;
  argv[1] = const_cast<char*>("all_reduce");
  bool wrong = false;
  const int code = run(argc, argv, [&](Communicator& world) {
    CLI::App app;
    bench::add_collective(app, world, broken, wrong);
    app.parse(argc, argv);
  });
  return code == 0 && wrong ? 1 : 2;
}
