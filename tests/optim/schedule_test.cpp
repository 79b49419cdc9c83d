// Schedules against PyTorch's, and where they start and end.
#include "tutti/optim/schedule.h"

#include <cmath>

#include "support/catch.h"
#include "support/errors.h"
#include "support/golden.h"
#include "tutti/optim/plateau.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

// PyTorch computes most of them from the rate before: twenty steps of two roundings of 2^-53 each.
constexpr double bound = 1e-14;

void compare(const char* name, const optim::Schedule& schedule) {
  INFO(name);
  std::vector<double> expected = test::Golden("schedules", name).tensor("lr").to_vector<double>();
  for (std::size_t step = 0; step < expected.size(); ++step) {
    INFO(step);
    CHECK(std::abs(schedule(static_cast<std::int64_t>(step)) - expected[step]) <= bound);
  }
}

void compare(const char* name, const optim::PlateauOptions& options) {
  INFO(name);
  test::Golden golden("schedules", name);
  std::vector<double> metric = golden.tensor("metric").to_vector<double>(),
                      expected = golden.tensor("lr").to_vector<double>();
  optim::ReduceOnPlateau whole(options), first(options), second(options);
  for (std::size_t i = 0; i < metric.size(); ++i) {
    INFO(i);
    CHECK(std::abs(whole.step(metric[i]) - expected[i]) <= bound);
    if (i == 20) second.load_state_dict(first.state_dict());
    optim::ReduceOnPlateau& part = i < 20 ? first : second;
    CHECK(part.step(metric[i]) == whole.lr());
  }
  CHECK(expected.back() < expected.front());
}

}  // namespace

TEST_CASE("schedules are PyTorch's") {
  compare("step", optim::StepDecay{.lr = 0.3, .period = 4, .factor = 0.7});
  compare("multi_step", optim::MultiStep{.lr = 0.3, .milestones = {2, 3, 11}, .factor = 0.5});
  compare("exponential", optim::Exponential{.lr = 0.3, .factor = 0.9});
  compare("polynomial", optim::Polynomial{.lr = 0.3, .steps = 13, .power = 1.7});
  compare("linear", optim::LinearRamp{.start_lr = 0.075, .end_lr = 0.3, .steps = 7});
  compare("cosine", optim::Cosine{.max_lr = 0.3, .steps = 17, .min_lr = 0.02});
  compare("one_cycle", optim::OneCycle{.max_lr = 0.3, .steps = 23});
  compare("one_cycle_short",
          optim::OneCycle{
              .max_lr = 0.3, .steps = 17, .warmup = 0.45, .start_divisor = 7, .end_divisor = 30});
  compare("sequence",
          optim::Sequence{{optim::LinearRamp{.start_lr = 0.03, .end_lr = 0.3, .steps = 5},
                           optim::Cosine{.max_lr = 0.3, .steps = 10, .min_lr = 0.01},
                           optim::Constant{.lr = 0.15}},
                          {5, 15}});
}

TEST_CASE("a plateau is PyTorch's, also from its state") {
  compare("plateau",
          optim::PlateauOptions{.lr = 0.3, .factor = 0.5, .patience = 2, .threshold = 0.01});
  compare("plateau_rest", optim::PlateauOptions{.lr = 0.3,
                                                .factor = 0.3,
                                                .patience = 1,
                                                .threshold = 0.02,
                                                .absolute = true,
                                                .cooldown = 3,
                                                .min_lr = 0.02});
  compare("plateau_max",
          optim::PlateauOptions{
              .lr = 0.3, .factor = 0.5, .patience = 1, .threshold = 0.01, .maximise = true});
  compare("plateau_max_abs", optim::PlateauOptions{.lr = 0.3,
                                                   .factor = 0.5,
                                                   .patience = 0,
                                                   .threshold = 0.02,
                                                   .absolute = true,
                                                   .maximise = true});
  compare("plateau_epsilon",
          optim::PlateauOptions{
              .lr = 0.3, .factor = 0.5, .patience = 2, .threshold = 0.01, .epsilon = 0.05});
}

TEST_CASE("schedules start, peak and end where they say") {
  optim::OneCycle cycle{.max_lr = 1, .steps = 100};
  CHECK(cycle(0) == Approx(1.0 / 25));
  CHECK(cycle(29) == Approx(1));
  CHECK(cycle(99) == Approx(1e-4 / 25));
  CHECK(cycle(500) == cycle(99));
  CHECK(cycle(64) == Approx((1 + 1e-4 / 25) / 2));
  optim::Cosine cosine{.max_lr = 2, .steps = 7, .min_lr = 0.2};
  CHECK(cosine(0) == 2);
  CHECK(cosine(3) == Approx(1.1));
  CHECK(cosine(6) == Approx(0.2));
  CHECK(cosine(100) == cosine(6));
  CHECK(optim::Polynomial{.steps = 4}(4) == 0);
  CHECK(optim::LinearRamp{.start_lr = 1, .end_lr = 3, .steps = 4}(1000) == 3);
  for (std::int64_t n : {1, 2, 3}) {
    optim::OneCycle brief{.max_lr = 1, .steps = n};
    for (std::int64_t i = 0; i < n; ++i) CHECK(std::isfinite(brief(i)));
    CHECK(brief(0) <= 1);
    CHECK(optim::Cosine{.max_lr = 1, .steps = n}(0) == 1);
  }
}

TEST_CASE("schedules name what they cannot work with") {
  const double nan = std::nan("");
  auto error = [](const optim::Schedule& schedule, std::int64_t step = 0) {
    return error_of([&] { schedule(step); });
  };
  CHECK(error(optim::Constant{.lr = nan}) ==
        "Constant: found lr nan, expected a finite number of 0 or more");
  CHECK(error(optim::Constant{}, -1) == "Constant: found step -1, expected 0 or more");
  CHECK(error(optim::StepDecay{.period = 0}) == "StepDecay: found period 0, expected 1 or more");
  CHECK(contains(error(optim::StepDecay{.factor = -0.1}), "factor -0.1"));
  CHECK(error(optim::MultiStep{.milestones = {3, 3}}) ==
        "MultiStep: found milestone 3 after 3, expected them to ascend from 1 or more");
  CHECK(contains(error(optim::MultiStep{.milestones = {0}}), "found milestone 0"));
  CHECK(contains(error(optim::Exponential{.factor = HUGE_VAL}), "Exponential: found factor inf"));
  CHECK(contains(error(optim::Polynomial{.steps = 0}), "Polynomial: found steps 0"));
  CHECK(contains(error(optim::Polynomial{.power = -1}), "power -1"));
  CHECK(contains(error(optim::LinearRamp{.start_lr = -1}), "start_lr -1"));
  CHECK(contains(error(optim::Cosine{.steps = 0}), "Cosine: found steps 0"));
  CHECK(contains(error(optim::Cosine{.min_lr = nan}), "min_lr nan"));
  CHECK(contains(error(optim::OneCycle{.steps = -3}), "OneCycle: found steps -3"));
  CHECK(contains(error(optim::OneCycle{.warmup = 1.5}), "warmup 1.5"));
  CHECK(contains(error(optim::OneCycle{.end_divisor = 0}), "end_divisor 0"));
  CHECK(contains(error(optim::Sequence{}), "found 0 schedules and 0 milestones"));
  CHECK(contains(error(optim::Sequence{{optim::Constant{}, optim::Constant{}}, {}}),
                 "found 2 schedules and 0 milestones"));
  CHECK(contains(error(optim::Sequence{{optim::Constant{}, nullptr}, {2}}, 2), "in place 1"));
  CHECK(contains(error(optim::Sequence{{optim::Constant{}, optim::Constant{}}, {-2}}),
                 "milestone -2"));
}

TEST_CASE("a plateau names what it cannot work with") {
  auto error = [](const optim::PlateauOptions& options) {
    return error_of([&] { optim::ReduceOnPlateau plateau(options); });
  };
  CHECK(contains(error({.lr = -1}), "lr -1"));
  CHECK(error({.factor = 1}) == "ReduceOnPlateau: found factor 1, expected a number in [0, 1)");
  CHECK(contains(error({.patience = -1}), "patience -1"));
  CHECK(contains(error({.threshold = std::nan("")}), "threshold nan"));
  CHECK(contains(error({.threshold = 1}), "absolute"));
  CHECK(contains(error({.cooldown = -2}), "cooldown -2"));
  CHECK(contains(error({.epsilon = -1e-9}), "epsilon -1e-09, expected finite numbers"));
  CHECK(contains(error({.min_lr = HUGE_VAL}), "min_lr inf"));
  CHECK(error({.lr = 0.1, .min_lr = 0.2}) ==
        "ReduceOnPlateau: found min_lr 0.2 above lr 0.1, expected it to be the least");
  optim::ReduceOnPlateau plateau({.lr = 1, .patience = 0});
  CHECK(contains(error_of([&] { plateau.step(std::nan("")); }), "NaN"));
  plateau.step(2);
  StateDict state = plateau.state_dict();
  state.set("best", 1);  // a whole number is of another kind
  CHECK(contains(error_of([&] { plateau.load_state_dict(state); }), "best"));
  state = plateau.state_dict();
  for (auto [name, value] : std::vector<StateDict::Entry>{{"lr", -1.0},
                                                          {"lr", HUGE_VAL},
                                                          {"best", std::nan("")},
                                                          {"bad", std::int64_t{-1}},
                                                          {"resting", std::int64_t{-1}}}) {
    StateDict wrong = state;
    wrong.set(name, value);
    CHECK(contains(error_of([&] { plateau.load_state_dict(wrong); }), "found " + name + " ("));
  }
  CHECK(plateau.step(1.9) == 1);  // nothing had changed
}
