// The overhead subcommand: nanoseconds and heap allocations of an op on one element.
#include <chrono>
#include <cstdio>
#include <memory>

#include "commands.h"
#include "measure.h"
#include "options.h"
#include "support/allocations.h"
#include "tutti/autograd/node.h"
#include "tutti/ops/arithmetic.h"

namespace tutti::bench {
namespace {

constexpr int chain_length = 100;

struct OverheadOptions {
  int repetitions = 1000;
};

/// Of a pass, by the number of ops.
struct Cost {
  double nanoseconds, allocations;
};

class Stopwatch {
 public:
  Cost spent() const {
    const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start_;
    return {time.count() / chain_length,
            static_cast<double>(test::allocations() - allocations_) / chain_length};
  }

 private:
  std::uint64_t allocations_ = test::allocations();
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

Variable leaf() {
  return {Tensor::full({1}, 1e-3), true};
}

/// x + y + y ... : each add has the result of the one before.
Variable chain(const Variable& x, const Variable& y) {
  Variable sum = x;
  for (int i = 0; i < chain_length; ++i) sum = sum + y;
  return sum;
}

Cost record() {
  const Variable x = leaf(), y = leaf();
  const Stopwatch watch;
  const Variable sum = chain(x, y);
  return watch.spent();
}

Cost no_grad() {
  const NoGrad scope;
  const Variable x = leaf(), y = leaf();
  const Stopwatch watch;
  const Variable sum = chain(x, y);
  return watch.spent();
}

Cost forward_and_backward() {
  Variable x = leaf(), y = leaf();
  chain(x, y).backward();  // makes the gradients' memory
  x.zero_grad();
  y.zero_grad();
  const Stopwatch watch;
  chain(x, y).backward();
  return watch.spent();
}

/// The median by time; the allocations are those of any pass after the first.
Cost measure_pass(Cost (*pass)(), int repetitions) {
  pass();
  std::vector<double> nanoseconds;
  double allocations = 0;
  for (int i = 0; i < repetitions; ++i) {
    const Cost cost = pass();
    nanoseconds.push_back(cost.nanoseconds);
    allocations = cost.allocations;
  }
  return {quantile(std::move(nanoseconds), 0.5), allocations};
}

void run_overhead(const OverheadOptions& options) {
  std::printf(
      "# tutti-bench overhead: a chain of %d adds of f32 [1], median of %d passes on one thread\n"
      "#%28s%12s%20s\n",
      chain_length, options.repetitions, "pass", "ns an op", "allocations an op");
  const std::pair<const char*, Cost (*)()> passes[] = {
      {"record", record}, {"no-grad", no_grad}, {"forward and backward", forward_and_backward}};
  for (const auto& [name, pass] : passes) {
    const Cost cost = measure_pass(pass, options.repetitions);
    std::printf("%29s%12.1f%20.2f\n", name, cost.nanoseconds, cost.allocations);
  }
}

}  // namespace

void add_overhead(CLI::App& app, const Communicator& world) {
  CLI::App* command =
      app.add_subcommand("overhead", "nanoseconds and heap allocations of an op on one element");
  command->footer("As in: tutti-bench overhead");
  auto options = std::make_shared<OverheadOptions>();
  command->add_option("-n", options->repetitions, "passes of each kind")
      ->check(at_least(1))
      ->capture_default_str();
  command->callback([&world, options] {
    if (world.rank() == 0) run_overhead(*options);
  });
}

}  // namespace tutti::bench
