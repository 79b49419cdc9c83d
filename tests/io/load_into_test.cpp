// A module's values from files of other names, orders of axes and extents.
#include "tutti/io/load_into.h"

#include "bytes.h"
#include "support/catch.h"
#include "tutti/io/safetensors.h"
#include "tutti/nn/batch_norm.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/sequential.h"

using namespace tutti;
using namespace tutti::test;

namespace {

struct Net : nn::Layer<Net> {
  nn::Linear in = add("in", nn::Linear(3, 4)), out = add("out", nn::Linear(4, 2));
  Variable seen = add_buffer("seen", {2}, nn::zeros());
  Variable forward(const Variable& x) const { return out(in(x)); }
};

Net net(std::uint64_t seed) {
  Net made;
  made.initialise(seed);
  made.seen.value().fill(static_cast<double>(seed));
  return made;
}

StateDict without(const StateDict& state, const std::string& left_out) {
  StateDict out;
  for (const auto& [name, value] : state)
    if (name != left_out) out.set(name, value);
  return out;
}

std::vector<float> values(const Tensor& tensor) {
  return tensor.to_vector<float>();
}

}  // namespace

TEST_CASE("a module that was saved is the same afterwards") {
  TemporaryDirectory folder;
  Net from = net(5), fresh, other = net(6);
  io::save(folder / "x", from.state_dict());
  const io::LoadReport report = io::load_into(fresh, folder / "x");
  io::load_into(other, folder / "x");
  CHECK(report.missing.empty());
  CHECK(report.surplus.empty());
  CHECK(fresh.digest() == from.digest());
  CHECK(other.digest() == from.digest());
  CHECK(other.seed() == 5);
  // The values are copies: the file is not needed any more, and is not written to.
  const Bytes before = read(folder / "x");
  fresh.in.weight().value().fill(0);
  CHECK(read(folder / "x") == before);
}

TEST_CASE("names of others are renamed, their matrices transposed, their seed is ours") {
  TemporaryDirectory folder;
  Net from = net(5), to = net(6), again = net(7);
  StateDict foreign;
  foreign.set("encoder.w", from.in.weight().value().transpose());
  foreign.set("encoder.b", from.in.bias().value());
  foreign.set("out.weight", from.out.weight().value().transpose());
  foreign.set("out.bias", from.out.bias().value());
  foreign.set("seen", from.seen.value());
  foreign.set("mask", Tensor::zeros({2}, Dtype::u8));
  io::save(folder / "x", foreign);
  io::load_into(
      to, folder / "x",
      {.rename = io::renamed({{"encoder.w", "in.weight"}, {"encoder.b", "in.bias"}, {"mask", ""}}),
       .transpose = {"*.weight"}});
  CHECK(to.digest() == from.digest());
  CHECK(to.seed() == 6);
  io::load_into(again, folder / "x",
                {.rename = [](const std::string& name) -> std::string {
                   if (name == "mask") return "";
                   if (name.starts_with("encoder."))
                     return name == "encoder.w" ? "in.weight" : "in.bias";
                   return name;
                 },
                 .transpose = {"in.w*", "out.weigh?"}});
  CHECK(again.digest() == from.digest());
}

TEST_CASE("a part of a larger state is a module's") {
  TemporaryDirectory folder;
  Net from = net(5), to = net(6);
  StateDict all;
  all.insert("model.", from.state_dict());
  all.set("step", 7);
  io::save(folder / "x", all);
  io::load_into(to, folder / "x", {.rename = [](const std::string& name) {
                  return name.starts_with("model.") ? name.substr(6) : std::string();
                }});
  CHECK(to.digest() == from.digest());
  CHECK(to.seed() == 5);
}

TEST_CASE(
    "the counts of PyTorch's BatchNorm are passed over, unless the module has such a buffer") {
  struct Counting : nn::Layer<Counting> {
    Variable count = add_buffer("num_batches_tracked", {}, nn::zeros());
  };
  TemporaryDirectory folder;
  nn::Sequential from(nn::Linear(3, 2), nn::BatchNorm1d(2));
  nn::Sequential to(nn::Linear(3, 2), nn::BatchNorm1d(2));
  from.initialise(5);
  StateDict state = from.state_dict();
  state.set("1.num_batches_tracked", Tensor::full({}, 7, Dtype::i64));
  io::save(folder / "x", state);
  io::load_into(to, folder / "x");
  CHECK(to.digest() == from.digest());
  CHECK(io::load_into(to, folder / "x", {.partial = true}).surplus.empty());

  nn::BatchNorm1d alone(2);
  io::load_into(alone, folder / "x", {.rename = [](const std::string& name) {
                  return name.starts_with("1.") ? name.substr(2) : std::string();
                }});
  CHECK(alone.state_dict().size() == 5);

  Counting counting;
  counting.initialise(1);
  StateDict counted;
  counted.set("num_batches_tracked", Tensor::full({}, 7));
  io::save(folder / "x", counted);
  io::load_into(counting, folder / "x");
  CHECK(counting.count.item() == 7);
}

TEST_CASE("partial loading takes what both have and says what it left") {
  TemporaryDirectory folder;
  Net from = net(5), to = net(6), expected = net(6);
  StateDict state = without(without(from.state_dict(), "out.bias"), "seen");
  state.set("head.weight", Tensor::zeros({1}));
  io::save(folder / "x", state);
  const io::LoadReport report = io::load_into(to, folder / "x", {.partial = true});
  CHECK(report.missing == std::vector<std::string>{"out.bias", "seen"});
  CHECK(report.surplus == std::vector<std::string>{"head.weight"});
  CHECK(values(to.in.weight().value()) == values(from.in.weight().value()));
  CHECK(values(to.out.weight().value()) == values(from.out.weight().value()));
  CHECK(values(to.seen.value()) == values(expected.seen.value()));
}

TEST_CASE("what does not fit is named with the file, and nothing has changed") {
  TemporaryDirectory folder;
  const auto path = folder / "x";
  Net to = net(6);
  const auto digest = to.digest();
  auto loading = [&](const StateDict& state, const io::LoadIntoOptions& options = {}) {
    io::save(path, state);
    const std::string error = error_of([&] { io::load_into(to, path, options); });
    CHECK(to.digest() == digest);
    CHECK(to.seed() == 6);
    if (!error.empty()) CHECK(error.starts_with("io::load_into: " + path.string() + ": "));
    return error;
  };
  const StateDict good = net(5).state_dict();

  StateDict other = without(good, "in.bias");
  other.set("extra", Tensor::zeros({1}));
  std::string error = loading(other);
  CHECK(contains(error, "Net::load_state_dict: the state does not fit: missing in.bias; surplus"));
  CHECK(contains(error, "surplus extra;"));
  CHECK(
      contains(error, "; LoadIntoOptions::rename gives entries the module's names, and .partial"));
  StateDict misshapen = good;
  misshapen.set("in.weight", Tensor::zeros({3, 4}));
  CHECK(contains(loading(misshapen), "in.weight (f32 [3, 4], expected f32 [4, 3])"));
  CHECK(contains(loading(misshapen, {.partial = true}), "in.weight (f32 [3, 4]"));
  StateDict doubles = good;
  doubles.set("in.bias", Tensor::zeros({4}, Dtype::f64));
  CHECK(contains(loading(doubles), "in.bias (f64 [4], expected f32 [4])"));

  CHECK(contains(loading(good, {.rename = io::renamed({{"in.bias", "out.bias"}})}),
                 "found \"in.bias\" and \"out.bias\" renamed to \"out.bias\""));
  CHECK(contains(loading(good, {.transpose = {"*.wieght"}}),
                 "found no tensor whose name fits \"*.wieght\" to transpose"));
  CHECK(contains(loading(good, {.transpose = {"in.*"}}),
                 "found tensor \"in.bias\" of shape [4] to transpose, expected two axes or more"));
  const auto none = [](const std::string& name) {
    return name == "random_seed" ? name : "x." + name;
  };
  CHECK(contains(loading(good, {.rename = none, .partial = true}),
                 "found none of the tensors that Net has among 5, expected one or more"));

  const Bytes nameless = safetensors(R"({"":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})");
  write(path, nameless);
  CHECK(contains(error_of([&] { io::load_into(to, path); }), "found a tensor whose name is empty"));
  CHECK(contains(error_of([&] { io::load(path); }), "found a tensor whose name is empty"));

  Net empty;
  CHECK_THROWS_AS(io::load_into(empty, path, {.partial = true}), Error);
  error = error_of([&] { io::load_into(to, folder / "nothing"); });
  CHECK(contains(error, "cannot read"));
  CHECK(to.digest() == digest);
}
