// What a module's state holds, and what loading one that does not fit says and leaves.
#include "support/catch.h"
#include "support/errors.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/loss.h"
#include "tutti/nn/sequential.h"
#include "tutti/nn/stateless.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

struct Net : nn::Layer<Net> {
  nn::Linear in = add("in", nn::Linear(3, 4)), again = add("again", in);
  Variable seen = add_buffer("seen", {2}, nn::zeros());
  Variable forward(const Variable& x) const { return in(x); }
};

std::vector<std::string> names_of(const StateDict& state) {
  std::vector<std::string> names;
  for (const auto& [name, value] : state) names.push_back(name);
  return names;
}

StateDict without(const StateDict& state, const std::string& left_out) {
  StateDict out;
  for (const auto& [name, value] : state)
    if (name != left_out) out.set(name, value);
  return out;
}

}  // namespace

TEST_CASE("a state holds parameters, buffers and the seed, what is tied once") {
  Net net;
  CHECK_THROWS_AS(net.state_dict(), Error);  // no values yet
  net.initialise(5);
  StateDict state = net.state_dict();
  CHECK(names_of(state) == std::vector<std::string>{"in.weight", "in.bias", "seen", "random_seed"});
  CHECK(state.at<Tensor>("in.weight").same_memory(net.in.weight().value()));
  CHECK(state.at<std::int64_t>("random_seed") == 5);
}

TEST_CASE("a state that was loaded gives the same module, and copies") {
  Net from, fresh, other;
  from.initialise(5, Device::cpu(), Dtype::f64);
  other.initialise(6, Device::cpu(), Dtype::f64);
  from.seen.value().fill(3);
  StateDict state = from.state_dict();
  fresh.load_state_dict(state);  // needs no initialise()
  other.load_state_dict(state);
  CHECK(fresh.digest() == from.digest());
  CHECK(other.digest() == from.digest());
  CHECK(fresh.in.weight().dtype() == Dtype::f64);
  auto digest = fresh.digest();
  from.in.weight().value().fill(0);
  CHECK(fresh.digest() == digest);
  CHECK(from.digest() != digest);
}

TEST_CASE("loading between forward and backward harms no tape") {
  Net net;
  net.initialise(5);
  Variable x(Tensor::full({1, 3}, 1), true);
  std::vector<float> w = net.in.weight().value().to_vector<float>();
  Variable y = sum(net(x));
  Net other;
  other.initialise(6);
  net.load_state_dict(other.state_dict());
  y.backward();
  CHECK(x.grad().to_vector<float>()[0] == Approx(w[0] + w[3] + w[6] + w[9]));
}

TEST_CASE("all that does not fit is in one error, and nothing has changed") {
  Net net;
  net.initialise(5);
  auto digest = net.digest();
  StateDict state = without(without(net.state_dict(), "in.weight"), "random_seed");
  state.set("in.bias", Tensor::zeros({5}));
  state.set("in.extra", Tensor::zeros({1}));
  state.set("seen", Tensor::full({2}, 7));
  std::string error = error_of([&] { net.load_state_dict(state); });
  for (const char* part : {"Net", "missing", "in.weight", "random_seed", "surplus", "in.extra",
                           "in.bias", "[5]", "[4]"}) {
    INFO(part);
    CHECK(contains(error, part));
  }
  CHECK(!contains(error, "seen"));
  CHECK(net.digest() == digest);
  // Another dtype than the parameters have, and one that no parameter can have.
  Net wide, whole;
  wide.initialise(5, Device::cpu(), Dtype::f64);
  CHECK(contains(error_of([&] { net.load_state_dict(wide.state_dict()); }), "f64"));
  StateDict integers = net.state_dict();
  integers.set("in.bias", Tensor::zeros({4}, Dtype::i64));
  CHECK(contains(error_of([&] { whole.load_state_dict(integers); }), "in.bias"));
  CHECK(!whole.in.weight().has_value());
}
