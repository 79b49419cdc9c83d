#include "calibrate.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "files.h"
#include "plain_mpi.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/block_math.h"

namespace tutti::bench {
namespace {

const Stream stream = CpuStream{};

// Seconds, at one size.
struct Sample {
  std::size_t bytes;
  double one_way;  // rank 0 to rank 1, nobody else sends
  double shifted;  // every rank to the next, all at once
  double combine;  // as many bytes, all ranks at once
};

// What one size needs to be measured with.
struct Blocks {
  explicit Blocks(std::size_t bytes) : mine(bytes / 4, 1.0f), theirs(bytes / 4, 1.0f) {}
  Block a() { return block_of(mine.data(), mine.size()); }
  Block b() { return block_of(theirs.data(), theirs.size()); }
  std::vector<float> mine, theirs;
};

Sample measure_size(Communicator& c, std::size_t bytes) {
  Blocks blocks(bytes);
  const Block a = blocks.a(), b = blocks.b();
  const int rank = c.rank(), ranks = c.size();
  const double round_trip = median_seconds(c, [&] {
    if (rank == 0) c.exchange({send_to(1, a)}, stream), c.exchange({receive_from(1, b)}, stream);
    if (rank == 1) c.exchange({receive_from(0, b)}, stream), c.exchange({send_to(0, a)}, stream);
  });
  const double shifted = median_seconds(c, [&] {
    c.exchange({send_to((rank + 1) % ranks, a), receive_from((rank + ranks - 1) % ranks, b)},
               stream);
  });
  const double combined = median_seconds(c, [&] { combine(stream, a, a, b, ReduceOp::Kind::max); });
  return {bytes, round_trip / 2, shifted, combined};
}

// The time that a collective takes apart from its messages: one on a group of this rank alone.
double measure_call(Communicator& c) {
  Communicator alone = c.split(c.rank());
  float value = 1;
  return median_seconds(c, [&] { tutti::all_reduce(alone, block_of(&value, 1), ReduceOp::max()); });
}

nlohmann::json topology_from(const std::vector<Sample>& samples, double call, int ranks) {
  // The smallest message flows in no time: one way it takes an overhead and the latency, and both
  // ways another overhead, since a rank then sends and receives.
  const Sample& least = samples.front();
  const double overhead = std::clamp(least.shifted - least.one_way, 0.0, least.one_way);
  const double latency = least.one_way - overhead;
  nlohmann::json pace = nlohmann::json::array(), combining = nlohmann::json::array();
  const double least_time = 1e-12;
  for (const auto& [bytes, one_way, shifted, combine] : samples) {
    pace.push_back({bytes, std::max(one_way - overhead - latency, least_time),
                    std::max(shifted - 2 * overhead - latency, least_time)});
    combining.push_back({bytes, std::max(combine, least_time)});
  }
  return {{"name", "this machine"},
          {"description", text("One node, measured over plain MPI messages with ", ranks,
                               " ranks at work; for that number of ranks.")},
          {"call", call},
          {"overhead", overhead},
          {"eager_bytes", 4096},
          {"combining", combining},
          {"levels", {{{"name", "node"}, {"latency", latency}, {"pace", pace}}}}};
}

}  // namespace

void calibrate(Communicator& plain, const std::string& file, std::span<const std::size_t> sizes) {
  std::vector<Sample> samples;
  for (std::size_t bytes : sizes) samples.push_back(measure_size(plain, bytes));
  const double call = measure_call(plain);
  if (plain.rank() != 0) return;
  write_file(file, topology_from(samples, call, plain.size()).dump(1) + "\n");
  std::printf("# wrote %s\n", file.c_str());
}

}  // namespace tutti::bench
