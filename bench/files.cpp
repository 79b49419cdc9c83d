#include "files.h"

#include <fstream>

#include "mpi_peer.h"

namespace tutti::bench {
namespace {

[[noreturn]] void raise_unwritable(const std::string& path) {
  raise("tutti-bench: cannot write ", path, "; does its folder exist?");
}

}  // namespace

void require_writable(const Communicator& world, std::initializer_list<std::string> paths) {
  for (const std::string& path : paths) {
    if (path.empty()) continue;
    // Nothing is lost when the command fails later.
    const bool good = world.rank() != 0 || std::ofstream(path, std::ios::app);
    if (sum_over_ranks(!good) > 0) raise_unwritable(path);
  }
}

void write_file(const std::string& path, const std::string& contents) {
  std::ofstream file(path);
  file << contents << std::flush;
  if (!file) raise_unwritable(path);
}

}  // namespace tutti::bench
