#include "tutti/tensor/state_dict.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/catch.h"
#include "support/errors.h"

using namespace tutti;
using namespace tutti::test;

namespace {

StateDict example() {
  StateDict state;
  state.set("weight", Tensor::full({2, 3}, 5));
  state.set("step", 12);
  state.set("lr", 0.1);
  state.set("rule", "adam");
  return state;
}

std::vector<StateSpec> specs_of_example() {
  return {{.name = "weight", .shape = {2, 3}},
          {.name = "step", .kind = StateKind::integer},
          {.name = "lr", .kind = StateKind::number},
          {.name = "rule", .kind = StateKind::text}};
}

std::vector<std::string> names_of(const StateDict& state) {
  std::vector<std::string> names;
  for (const auto& [name, value] : state) names.push_back(name);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a state keeps values of each kind in the order of insertion") {
  StateDict state = example();
  CHECK(names_of(state) == Names{"weight", "step", "lr", "rule"});
  CHECK(state.at<Tensor>("weight").to_vector<float>() == std::vector<float>(6, 5.0f));
  CHECK(state.at<std::int64_t>("step") == 12);
  CHECK(state.at<double>("lr") == 0.1);
  CHECK(state.at<std::string>("rule") == "adam");
  CHECK(state.contains("lr"));
  CHECK(!state.contains("l"));
  CHECK(StateDict().empty());

  state.set("step", std::numeric_limits<std::int64_t>::min());  // changes it where it stands
  CHECK(state.size() == 4);
  CHECK(names_of(state)[1] == "step");
  CHECK(state.at<std::int64_t>("step") == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("a state's tensors are handles, and copies of a state are apart") {
  Tensor weight = Tensor::zeros({2});
  StateDict state;
  state.set("weight", weight);
  weight.fill(3);
  CHECK(state.at<Tensor>("weight").to_vector<float>() == std::vector<float>{3, 3});
  StateDict copy = state;
  copy.set("more", 1);
  CHECK(!state.contains("more"));
}

TEST_CASE("states nest under a prefix and come out again") {
  StateDict all;
  all.set("optimizer", "beside it");  // begins alike, but lies outside
  all.insert("optimizer.", example());
  all.insert("model.", example());
  all.insert("model.", StateDict());
  CHECK(all.size() == 9);
  CHECK(all.at<std::int64_t>("model.step") == 12);
  CHECK(names_of(all.sub("optimizer.")) == names_of(example()));
  CHECK(all.sub("optimizer.").at<double>("lr") == 0.1);
  CHECK(all.sub("nothing.").empty());

  StateDict clash;
  clash.set("new", 1);
  clash.set("lr", 2.0);
  clash.set("rule", "sgd");
  std::string message = error_of([&] { all.insert("model.", clash); });
  CHECK(contains(message, "found already there: model.lr, model.rule; expected new names"));
  CHECK(all.size() == 9);
  CHECK(all.at<double>("model.lr") == 0.1);
}

TEST_CASE("a state says what it does not hold") {
  StateDict state = example();
  CHECK(error_of([&] { state.at("bias"); }) ==
        "StateDict::at: found no bias among 4 entries, expected one of that name; contains() "
        "tells");
  CHECK(error_of([&] { state.at<Tensor>("step"); }) ==
        "StateDict::at: found an integer as step, expected a tensor");
  CHECK(contains(error_of([&] { state.at<std::int64_t>("lr"); }), "found a number as lr"));
  CHECK(contains(error_of([&] { state.at<double>("rule"); }), "found text as rule"));
  CHECK(contains(error_of([&] { state.at<std::string>("weight"); }), "expected text"));
  CHECK(contains(error_of([&] { state.set("", 1); }), "empty name"));
  CHECK(contains(error_of([&] { state.set("x", Tensor()); }), "holds nothing as x"));
  CHECK(!state.contains("x"));
}

TEST_CASE("a state that fits passes, in any order and with the very value") {
  StateDict state = example();
  auto specs = specs_of_example();
  std::reverse(specs.begin(), specs.end());
  state.require("Example", specs);
  specs = specs_of_example();
  specs[1].value = 12;
  specs[2].value = 0.1;
  specs[3].value = "adam";
  state.require("Example", specs);
  StateDict().require("Example", {});
}

TEST_CASE("all that does not fit is one error") {
  StateDict state = example();
  state.set("momentum", 0.9);
  state.set("decay", 0.1);
  auto specs = specs_of_example();
  specs[0].dtype = Dtype::f64;
  specs[1].value = 13;
  specs[2].kind = StateKind::tensor;
  specs[3].value = "sgd";
  specs.push_back({.name = "bias", .shape = {3}});
  specs.push_back({.name = "seed", .kind = StateKind::integer});
  CHECK(error_of([&] { state.require("Example", specs); }) ==
        "Example: the state does not fit: missing bias, seed; surplus momentum, decay; found "
        "weight (f32 [2, 3], expected f64 [2, 3]), step (12, expected 13), lr (a number, expected "
        "a tensor), rule (\"adam\", expected \"sgd\"); load what was saved from one that was made "
        "alike");

  auto error = [](StateDict::Value value, const StateSpec& spec) {
    StateDict one;
    one.set(spec.name, std::move(value));
    return error_of([&] { one.require("Example", std::span(&spec, 1)); });
  };
  CHECK(contains(error(Tensor::zeros({3, 2}), {.name = "w", .shape = {2, 3}}),
                 "found w (f32 [3, 2], expected f32 [2, 3]); load"));
  CHECK(contains(error(1, {.name = "n", .value = 1.0}), "n (an integer, expected a number)"));
  CHECK(error(1.0, {.name = "n", .value = 1.0}).empty());
  const double infinity = HUGE_VAL;
  const StateSpec rate{.name = "lr", .kind = StateKind::number, .range = StateRange{}};
  for (double bad : {std::nan(""), infinity, -infinity, -0.1})
    CHECK(contains(error(bad, rate), ", expected a finite number of 0 or more); load"));
  for (double good : {0.0, 1e308}) CHECK(error(good, rate).empty());
  const StateSpec calls{.name = "n", .kind = StateKind::integer, .range = StateRange{1, 7}};
  for (std::int64_t bad : {0, 8}) CHECK(contains(error(bad, calls), ", expected 1 to 7); load"));
  for (std::int64_t good : {1, 7}) CHECK(error(good, calls).empty());
  const StateSpec best{
      .name = "n", .kind = StateKind::number, .range = StateRange{-infinity, infinity}};
  CHECK(contains(error(std::nan(""), best), "(nan, expected no NaN)"));
  CHECK(error(-infinity, best).empty());
  double next = std::nextafter(0.1, 1.0);
  CHECK(contains(error(next, {.name = "n", .value = 0.1}), "expected 0.10000000000000001"));
}
