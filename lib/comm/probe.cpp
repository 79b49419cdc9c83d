#include "comm/probe.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "comm/fit_costs.h"
#include "comm/reduce_many.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/all_reduce/table.h"
#include "tutti/comm/broadcast.h"
#include "tutti/comm/symmetric.h"

namespace tutti {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double budget_seconds = 0.15;  // looked at between measurements, so a little is left
constexpr double batch_seconds = 2e-4;
// Everything is measured so often, in turn: a machine that is slow for a while is so for all.
constexpr int visits = 3;
constexpr std::array reduced = {Dtype::f32, Dtype::f16, Dtype::bf16};
constexpr std::size_t reduced_bytes = 8 << 10;
constexpr std::size_t never_streams = std::numeric_limits<std::size_t>::max();

double since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

class Probe {
 public:
  explicit Probe(Communicator& communicator)
      : communicator_(communicator),
        begin_(Clock::now()),
        heap_(2 * cost_classes.back(), Device()),
        symmetric_(symmetric_buffer(communicator, cost_classes.back())),
        has_symmetric_(is_symmetric(communicator, block_of(static_cast<float*>(symmetric_.data()),
                                                           cost_classes.back() / sizeof(float)))) {
    std::fill_n(static_cast<float*>(heap_.data()), 2 * cost_classes.back() / sizeof(float), 0.0f);
  }

  CostModel run() {
    // Size by size: where the time is out early, all are known up to the same size.
    for (int turn = 0; turn < visits; ++turn) {
      visit_reductions();
      for (std::size_t k = 0; k < cost_classes.size(); ++k)
        for (Contender& contender : contenders_)
          if (!visit(contender, k)) return result();
    }
    return result();
  }

 private:
  using Times = std::array<double, cost_classes.size()>;

  struct Contender {
    Medium medium;
    const Algorithm& row;
    bool streams = false;  ///< direct's stores, past the caches
    std::array<std::vector<double>, cost_classes.size()> seconds{};  ///< of each visit
  };

  Problem problem(const Algorithm& row, std::size_t bytes) const {
    return {communicator_.size(),
            bytes / sizeof(float),
            Dtype::f32,
            ReduceOp::sum(),
            Order::any,
            communicator_.layout(),
            row.medium == Medium::symmetric ? Memory::symmetric : Memory::heap};
  }
  // How many bytes to reduce for the row to move about `moved`.
  std::size_t reduced_for(const Algorithm& row, std::size_t moved) const {
    const std::size_t found = std::max<std::size_t>(1, row.bytes(problem(row, moved)));
    return std::max(sizeof(float), moved * moved / found / sizeof(float) * sizeof(float));
  }

  double agree(double seconds) {
    all_reduce(communicator_, block_of(&seconds, 1), ReduceOp::max(),
               {.algorithm = "recursive_doubling"});
    return seconds;
  }

  // A machine with other work makes the times of shared memory longer, never shorter. But a network
  // that lets short bursts pass makes the least time look like what it cannot keep up.
  static double typical(std::span<double> times, Medium medium) {
    std::sort(times.begin(), times.end());
    if (times.empty()) return std::numeric_limits<double>::infinity();
    return medium == Medium::messages ? times[times.size() / 2] : times[0];
  }

  // Seconds of one call, as the slowest rank saw it. What the rows of a node do in ordinary memory
  // is done in place and beside the input by turns: a problem does not say which, and another row
  // may be the better one.
  double time(const Algorithm& row, std::size_t bytes) {
    const bool symmetric = row.medium == Medium::symmetric;
    const int places = symmetric || row.medium == Medium::messages ? 1 : 2;
    auto* data = static_cast<std::byte*>(symmetric ? symmetric_.data() : heap_.data());
    const auto block_at = [&](int place) {
      return Block{data + static_cast<std::size_t>(place) * cost_classes.back(),
                   bytes / sizeof(float),
                   Dtype::f32,
                   {}};
    };
    const auto batch = [&](int calls) {
      const auto start = Clock::now();
      for (int i = 0; i < calls * places; ++i)
        all_reduce(communicator_, block_at(0), block_at(i % places), ReduceOp::sum(),
                   {.algorithm = row.name, .order = Order::any});
      return since(start) / (calls * places);
    };
    batch(1);
    const double once = std::max(agree(batch(1)), 1e-7);
    const int calls = std::clamp(static_cast<int>(batch_seconds / once / places), 1, 500);
    std::array<double, 3> times;
    for (double& seconds : times) seconds = batch(calls);
    return agree(typical(times, row.medium));
  }

  bool in_time() { return agree(since(begin_)) < budget_seconds; }

  // Sums of two blocks by each rank alone, in its caches.
  void visit_reductions() {
    auto* data = static_cast<std::byte*>(heap_.data());
    const std::byte* inputs[] = {data, data + reduced_bytes};
    std::byte* outputs[] = {data + 2 * reduced_bytes};
    for (int i = 0; i < 5; ++i)
      for (std::size_t k = 0; k < reduced.size(); ++k) {
        const auto start = Clock::now();
        reduce_many({inputs, reduced[k], outputs, reduced[k], reduced_bytes / size_of(reduced[k])},
                    ReduceOp::Kind::sum, 1, Stores::ordinary);
        reductions_[k].push_back(since(start));
      }
  }

  // False when time is out.
  bool visit(Contender& contender, std::size_t k) {
    const Algorithm& row = contender.row;
    if (contender.medium == Medium::symmetric && !has_symmetric_) return true;
    if (!row.fits(problem(row, cost_classes[0]))) return true;
    const std::size_t bytes = reduced_for(row, cost_classes[k]);
    if (bytes > cost_classes.back() || !row.fits(problem(row, bytes))) return true;
    if (!in_time()) return false;
    CostModel model = model_;
    model.direct_streams_from = contender.streams ? 0 : never_streams;
    communicator_.set_cost_model(model);
    contender.seconds[k].push_back(time(row, bytes));
    return true;
  }

  static Times typical(Contender& contender) {
    Times times;
    std::ranges::transform(contender.seconds, times.begin(),
                           [&](auto& seconds) { return typical(seconds, contender.medium); });
    return times;
  }

  CostModel result() {
    model_.rounding = {rounding(1), rounding(2)};
    for (Contender& contender : contenders_) {
      if (contender.streams) continue;
      Times times = typical(contender);
      if (contender.medium == Medium::symmetric) choose_stores(times);
      fit(model_[contender.medium], calls(contender.row, times));
    }
    return model_;
  }

  double rounding(std::size_t k) {
    const auto least = [&](std::size_t i) { return *std::ranges::min_element(reductions_[i]); };
    const double extra = std::max(0.0, least(k) - least(0));
    return agree(extra * static_cast<double>(size_of(reduced[k])) / reduced_bytes);
  }

  // What is assumed stays where the time was out before streaming was measured at all sizes.
  void choose_stores(Times& times) {
    const Times streamed = typical(*std::ranges::find(contenders_, true, &Contender::streams));
    if (!std::isfinite(streamed.back())) return;
    const std::size_t from = best_switch(times, streamed);
    std::copy(streamed.begin() + from, streamed.end(), times.begin() + from);
    model_.direct_streams_from = from == times.size() ? never_streams
                                 : from == 0          ? 0
                                                      : cost_classes[from - 1] * 2;
  }

  // The class from which to take the second times instead of the first, for the least product of
  // all: one noisy measurement does not decide.
  static std::size_t best_switch(const Times& first, const Times& second) {
    std::size_t best = cost_classes.size();
    double gain = 0, most = 0;
    for (std::size_t k = cost_classes.size(); k-- > 0;) {
      if (std::isfinite(first[k]) && std::isfinite(second[k]))
        gain += std::log(first[k] / second[k]);
      if (gain > most) best = k, most = gain;
    }
    return best;
  }

  std::array<TimedCall, cost_classes.size()> calls(const Algorithm& row, const Times& times) const {
    std::array<TimedCall, cost_classes.size()> all;
    for (std::size_t k = 0; k < times.size(); ++k) {
      const Problem done = problem(row, reduced_for(row, cost_classes[k]));
      all[k] = {row.steps(done), row.bytes(done), times[k]};
    }
    return all;
  }

  Communicator& communicator_;
  Clock::time_point begin_;
  Buffer heap_, symmetric_;
  bool has_symmetric_;  ///< the system may refuse it
  CostModel model_ = default_cost_model();
  std::array<std::vector<double>, reduced.size()> reductions_;  ///< seconds of each
  std::array<Contender, 6> contenders_{{
      {Medium::slots, find_all_reduce("one_shot", "probe")},
      {Medium::symmetric, find_all_reduce("direct", "probe")},
      {Medium::symmetric, find_all_reduce("direct", "probe"), true},
      {Medium::rooms, find_all_reduce("staged", "probe")},
      {Medium::messages, find_all_reduce("recursive_doubling", "probe")},
      {Medium::cross_memory, find_all_reduce("cross_memory", "probe")},
  }};
};

}  // namespace

CostModel measure_costs(Communicator& communicator) {
  if (communicator.size() == 1) return default_cost_model();
  CostModel model = Probe(communicator).run();
  // Nodes of other processors may compute other last bits from the same times.
  broadcast(communicator, block_of(reinterpret_cast<std::uint8_t*>(&model), sizeof model));
  return model;
}

}  // namespace tutti
