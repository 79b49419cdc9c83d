#include "benchmark.h"

#include <algorithm>

#include "buffers.h"
#include "floor.h"
#include "tutti/comm/barrier.h"
#include "values.h"

namespace tutti::bench {
namespace {

// Counts, rounded down to what can be divided; sizes that fall together are measured once.
std::vector<std::size_t> counts_of(const Collective& collective, const Options& options,
                                   Dtype dtype, int ranks) {
  if (!collective.sized) return {0};
  const std::size_t unit = collective.divided ? static_cast<std::size_t>(ranks) : 1;
  std::vector<std::size_t> counts;
  for (std::size_t bytes : options.sizes.all()) {
    const std::size_t count = std::max(bytes / size_of(dtype) / unit, std::size_t{1}) * unit;
    if (counts.empty() || counts.back() != count) counts.push_back(count);
  }
  return counts;
}

class Bench {
 public:
  Bench(Communicator& world, const Collective& collective, const Options& options)
      : world_(world), collective_(collective), options_(options), rooms_(world) {
    // Whole elements for every rank may take more than was asked for.
    const std::size_t bytes =
        collective.sized ? options.sizes.end + 8 * static_cast<std::size_t>(world.size()) : 64;
    ours_ = Buffers::make(world, options.memory, bytes);
    if (options.vs_mpi) theirs_ = Buffers::make(world, Memory::heap, bytes);
  }

  // One row for each algorithm that fits.
  std::vector<Row> measure_case(const Case& what) {
    std::vector<Row> rows = verified_rows(what);
    std::vector<Work> contenders;
    for (const Row& row : rows)
      if (row.wrong == 0) contenders.push_back(ours(row.what));
    const std::size_t right = contenders.size();
    const bool peer = options_.vs_mpi && wrong_of_mpi(what) == 0;
    if (peer) contenders.push_back(mpi(what));
    for (Stores stores : {Stores::ordinary, Stores::streaming}) {
      if (stores == Stores::streaming && what.bytes() < (4u << 10)) continue;  // never wins there
      Work floor = floor_of(collective_, world_, ours_, what, rooms_, stores);
      if (!floor) continue;
      require_right(what, floor);
      contenders.push_back(std::move(floor));
    }
    // After the other contenders' loads and stores, one call alone does not fill the caches again.
    const int untimed = what.bytes() <= (32u << 20) ? 2 + static_cast<int>(right) : 0;
    // A network lets bursts pass, and rests while ranks meet: in long batches neither counts.
    const double batch = world_.layout().nodes > 1 ? 10e-3 : 200e-6;
    const std::vector<Timing> timings =
        measure(world_, contenders, {options_.warm_up, options_.repetitions, untimed, batch});

    auto timing = timings.begin();
    for (Row& row : rows)
      if (row.wrong == 0) row.timing = *timing++;
    std::optional<Timing> theirs;
    if (peer) theirs = *timing++;
    for (Row& row : rows) {
      if (options_.vs_mpi) row.peer = PeerTiming{"mpi", theirs};
      for (auto floor = timings.begin() + static_cast<std::ptrdiff_t>(right + peer);
           floor != timings.end(); ++floor)
        row.floor = std::min(row.floor.value_or(floor->median), floor->median);
    }
    return rows;
  }

 private:
  Call call_in(const Buffers& buffers, const Case& what) const {
    return buffers.call(collective_, what, world_.rank());
  }
  Work ours(const Case& what) {
    return [this, call = call_in(ours_, what)] { collective_.ours(world_, call); };
  }
  Work mpi(const Case& what) {
    return [this, call = call_in(theirs_, what)] { collective_.mpi(mpi_, call); };
  }

  std::vector<Row> verified_rows(Case what) {
    std::string_view chosen = "default";
    if (collective_.algorithm) chosen = collective_.algorithm(world_, call_in(ours_, what));
    std::vector<Row> rows;
    for (const std::string& asked : options_.algorithms) {
      what.algorithm = asked;
      std::string_view name = chosen;
      if (!asked.empty()) name = collective_.algorithm(world_, call_in(ours_, what));
      if (name.empty()) continue;  // it does not fit
      Row& row = rows.emplace_back(Row{
          &collective_, std::string(name), name == chosen, options_.memory, what, 0, {}, {}, {}});
      const Call call = call_in(ours_, what);
      row.wrong = wrong_of(call, call.out, ours(what));
    }
    return rows;
  }

  std::uint64_t wrong_of_mpi(const Case& what) {
    const Call call = call_in(theirs_, what);
    Block out = call.out;
    if (what.in_place && collective_.mpi_result_in_front) out.data = call.in.data;
    return wrong_of(call, out, mpi(what));
  }

  // Elsewhere the floor works on what is not there yet, or no longer.
  void require_right(const Case& what, const Work& floor) {
    if (what.in_place || options_.memory != Memory::symmetric) return;
    const Call call = call_in(ours_, what);
    const Work work = [&] {
      floor();
      barrier(world_);  // others store this rank's result, and load its input
    };
    const std::uint64_t wrong = wrong_of(call, call.out, work);
    if (wrong > 0)
      raise("tutti-bench: found ", wrong, " wrong values after the floor of ", collective_.name,
            " at ", what.bytes(), " bytes, expected 0; this is an error of the bench itself");
  }

  // Of all ranks together.
  std::uint64_t wrong_of(const Call& call, Block out, const Work& work) {
    const Values values(call.what);
    std::uint64_t wrong = 0;
    for (int i = 0; i < options_.checks; ++i) {
      Values::poison(call.out);
      values.fill(call.in, call.rank);
      barrier(world_);
      work();
      wrong += values.wrong(out, collective_.result(call.what, call.rank));
      if (!call.what.in_place)  // what was only to be read
        wrong += values.wrong(call.in, {{call.in.count, call.rank, 0}});
    }
    if (collective_.check) wrong += collective_.check(world_, work);
    return sum_over_ranks(wrong);
  }

  Communicator& world_;
  const Collective& collective_;
  const Options& options_;
  MpiPeer mpi_;
  Buffers ours_, theirs_;
  FloorRooms rooms_;
};

}  // namespace

std::vector<Line> lines_of(const Places& places) {
  std::vector<Line> lines;
  for (const Row& row : places.front()) {
    Line& line = lines.emplace_back(Line{row});
    for (std::size_t i = 1; i < places.size(); ++i)
      for (const Row& other : places[i])
        if (other.what.algorithm == row.what.algorithm) line.push_back(other);
  }
  return lines;
}

std::vector<Places> run_benchmark(Communicator& world, const Collective& collective,
                                  const Options& options,
                                  const std::function<void(const Places&)>& show) {
  Bench bench(world, collective, options);
  const std::vector<Dtype> dtypes = collective.sized ? options.dtypes : std::vector{Dtype::u8};
  const std::vector<ReduceOp> ops = collective.reduces ? options.ops : std::vector{ReduceOp::sum()};
  std::vector<Places> cases;
  for (Dtype dtype : dtypes)
    for (const ReduceOp& op : ops) {
      if (!reducible(dtype, op)) continue;
      for (std::size_t count : counts_of(collective, options, dtype, world.size())) {
        Places places;
        for (bool in_place : {false, true}) {
          if (in_place ? !collective.in_place : !collective.out_of_place) continue;
          places.push_back(bench.measure_case({.ranks = world.size(),
                                               .root = options.root,
                                               .count = count,
                                               .dtype = dtype,
                                               .op = op,
                                               .order = options.order,
                                               .in_place = in_place}));
        }
        if (places.front().empty()) continue;  // no algorithm fits
        show(places);
        cases.push_back(std::move(places));
      }
    }
  if (cases.empty())
    raise(
        "tutti-bench: found nothing to measure: no algorithm or operator that was asked for fits "
        "the dtypes, sizes and memory; leave out some options");
  return cases;
}

}  // namespace tutti::bench
