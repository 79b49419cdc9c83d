#include "calibrate.h"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "plain_mpi.h"
#include "tutti/comm/all_reduce/table.h"
#include "tutti/comm/block_math.h"
#include "tutti/comm/simulated.h"

namespace {

using namespace tutti;

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

Sample measure(Communicator& c, std::size_t bytes) {
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
  return median_seconds(c, [&] { all_reduce(alone, block_of(&value, 1), ReduceOp::max()); });
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

void require_ranks(const Communicator& c) {
  if (c.size() < 2) raise("simulate: found 1 rank, expected 2 or more; start it by mpirun -np 2");
}

// Of one call among others, as it is measured: a rank may begin the next while others end the last.
double predict(const Topology& topology, int ranks, const Algorithm& row, std::size_t bytes,
               const Buffer& room) {
  constexpr int calls = 4;
  double seconds = 0;
  const auto body = [&](Communicator& c) {
    double begin = 0;
    for (int call = 0; call <= calls; ++call) {
      if (call == 1) begin = virtual_seconds(c);
      all_reduce(c, {room.data(), bytes / sizeof(float), Dtype::f32, {}}, ReduceOp::max(),
                 {.algorithm = row.name});
    }
    seconds = std::max(seconds, (virtual_seconds(c) - begin) / calls);
  };
  run_simulated(topology, ranks, body, Payload::none);
  return seconds;
}

double measure_row(Communicator& c, const Algorithm& row, std::size_t bytes) {
  Blocks blocks(bytes);
  const double seconds = median_seconds(
      c, [&] { all_reduce(c, blocks.a(), ReduceOp::max(), {.algorithm = row.name}); }, 0.2);
  for (float value : blocks.mine)
    if (value != 1) raise(row.name, ": found ", value, ", expected 1");
  return seconds;
}

void compare(Communicator& c, const Topology& topology, const std::vector<std::size_t>& sizes) {
  const Buffer room = phantom_buffer(sizes.back());
  double worst = 0;
  if (c.rank() == 0)
    std::printf(
        "# all_reduce of f32, max, in place, %d ranks over plain MPI messages\n#%11s  "
        "%-20s %14s %14s %8s\n",
        c.size(), "bytes", "algorithm", "predicted (us)", "measured (us)", "error");
  for (std::size_t bytes : sizes)
    for (const Algorithm& row : all_reduce_table()) {
      // What the transport itself does has no messages to simulate.
      const Problem problem{c.size(), bytes / 4, Dtype::f32, ReduceOp::max(), Order::any};
      if (!row.steps || !row.fits(problem)) continue;
      const double measured = measure_row(c, row, bytes);
      if (c.rank() != 0) continue;
      const double predicted = predict(topology, c.size(), row, bytes, room);
      const double error = predicted / measured - 1;
      worst = std::max(worst, std::abs(error));
      std::printf("%12zu  %-20s %14.2f %14.2f %+7.1f%%\n", bytes, std::string(row.name).c_str(),
                  predicted * 1e6, measured * 1e6, error * 100);
      std::fflush(stdout);
    }
  if (c.rank() == 0) std::printf("# largest error %.1f%%\n", worst * 100);
}

}  // namespace

int calibrate(const std::string& file, const std::vector<std::size_t>& sizes) {
  return run_plain_mpi([&](Communicator& c) {
    require_ranks(c);
    std::vector<Sample> samples;
    for (std::size_t bytes : sizes) samples.push_back(measure(c, bytes));
    const double call = measure_call(c);
    if (c.rank() != 0) return;
    std::ofstream out(file);
    out << topology_from(samples, call, c.size()).dump(1) << '\n';
    if (!out.flush()) raise("simulate: could not write ", file);
    std::printf("# wrote %s\n", file.c_str());
  });
}

int compare_with_prediction(const std::string& topology, const std::vector<std::size_t>& sizes) {
  return run_plain_mpi([&](Communicator& c) {
    require_ranks(c);
    compare(c, Topology::from_file(topology), sizes);
  });
}
