// The memory subcommand: bandwidth of loads, stores and streaming stores per size, all ranks at
// work.
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "buffers.h"
#include "comm/streaming.h"
#include "commands.h"
#include "files.h"
#include "measure.h"
#include "options.h"

namespace tutti::bench {
namespace {

using Vector = std::uint64_t __attribute__((vector_size(64)));

std::uint64_t load(const std::byte* data, std::size_t bytes) {
  const auto* vectors = reinterpret_cast<const Vector*>(data);
  Vector sums[4]{};
  for (std::size_t i = 0; i < bytes / 64; i += 4)
    for (std::size_t k = 0; k < 4; ++k) sums[k] ^= vectors[i + k];
  const Vector sum = sums[0] ^ sums[1] ^ sums[2] ^ sums[3];
  return sum[0] ^ sum[7];
}

// The barriers for the compiler keep it from calling memset, which may choose streaming stores.
void store(std::byte* data, std::size_t bytes) {
  auto* vectors = reinterpret_cast<Vector*>(data);
  const Vector value{1, 2, 3, 4, 5, 6, 7, 8};
  for (std::size_t i = 0; i < bytes / 64; i += 4) {
    for (std::size_t k = 0; k < 4; ++k) vectors[i + k] = value;
    asm volatile("" ::: "memory");
  }
}

void store_streaming(std::byte* data, std::size_t bytes) {
  alignas(64) static const std::byte tile[4096]{};
  for (std::size_t i = 0; i < bytes; i += sizeof tile)
    streaming_copy(data + i, tile, std::min(sizeof tile, bytes - i));
  streaming_fence();
}

struct MemoryRow {
  std::size_t bytes;                    ///< of each rank
  double load, store, streaming_store;  ///< GB/s, all ranks together
};

MemoryRow measure_size(Communicator& world, std::byte* data, std::size_t bytes, int repetitions) {
  std::uint64_t sink = 0;
  const Work works[] = {[&] { sink ^= load(data, bytes); }, [&] { store(data, bytes); },
                        [&] { store_streaming(data, bytes); }};
  const auto timings = measure(world, works, {.warm_up = 1, .repetitions = repetitions});
  asm volatile("" ::"r"(sink));
  const auto speed = [&](const Timing& timing) {
    return static_cast<double>(bytes) * world.size() / timing.median * 1e-9;
  };
  return {bytes, speed(timings[0]), speed(timings[1]), speed(timings[2])};
}

struct MemoryOptions {
  Sizes sizes{.begin = 16 << 10, .end = 256 << 20, .factor = 4};
  int repetitions = 0;
  std::string json;
};

void run_memory(Communicator& world, const MemoryOptions& options) {
  require_consistent(options.sizes, /*least=*/256);
  require_writable(world, {options.json});
  const bool speaks = world.rank() == 0;
  if (speaks)
    std::printf(
        "# tutti-bench memory: %d ranks at work, each in memory of its own; GB/s of all together, "
        "1 GB is 10^9 bytes\n#%15s%12s%12s%18s\n",
        world.size(), "bytes a rank", "load", "store", "streaming store");
  Buffer buffer = page_buffer(options.sizes.end);
  auto rows = nlohmann::ordered_json::array();
  for (std::size_t size : options.sizes.all()) {
    const MemoryRow row = measure_size(world, static_cast<std::byte*>(buffer.data()),
                                       size / 256 * 256, options.repetitions);
    rows.push_back({{"ranks", world.size()},
                    {"bytes", row.bytes},
                    {"load", row.load},
                    {"store", row.store},
                    {"streaming_store", row.streaming_store}});
    if (!speaks) continue;
    std::printf("%16zu%12.2f%12.2f%18.2f\n", row.bytes, row.load, row.store, row.streaming_store);
    std::fflush(stdout);
  }
  if (speaks && !options.json.empty()) write_file(options.json, rows.dump(1) + "\n");
}

}  // namespace

void add_memory(CLI::App& app, Communicator& world) {
  CLI::App* command = app.add_subcommand(
      "memory", "bandwidth of loads, stores and streaming stores, all ranks at work");
  command->footer("As in: mpirun -np 2 --bind-to core tutti-bench memory");
  auto options = std::make_shared<MemoryOptions>();
  add_sizes(*command, options->sizes);
  command->add_option("-n", options->repetitions, "timed batches (default: 11 to 100)")
      ->check(at_least(1));
  command->add_option("--json", options->json, "write the rows to this file")->type_name("FILE");
  command->callback([&world, options] { run_memory(world, *options); });
}

}  // namespace tutti::bench
