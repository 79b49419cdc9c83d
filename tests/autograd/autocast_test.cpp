// Mixed precision: what a scope changes, and what it leaves alone.
#include "tutti/autograd/autocast.h"

#include <cmath>
#include <thread>

#include "support/catch.h"
#include "support/errors.h"
#include "tutti/autograd/checkpoint.h"
#include "tutti/autograd/node.h"
#include "tutti/nn/conv2d.h"
#include "tutti/nn/gpt.h"
#include "tutti/nn/loss.h"
#include "tutti/nn/recurrent.h"
#include "tutti/nn/sequential.h"
#include "tutti/nn/stateless.h"
#include "tutti/ops/attention.h"
#include "tutti/ops/conv2d.h"
#include "tutti/ops/layer_norm.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

using Variables = std::vector<Variable>;

Tensor waves(const Shape& shape, int seed) {
  std::vector<float> values(static_cast<std::size_t>(shape.count()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = std::sin(static_cast<float>(i * 37 + static_cast<std::size_t>(seed) * 11));
  return Tensor::from(values, shape);
}

std::vector<float> numbers(const Tensor& x) {
  return x.to(Dtype::f32).to_vector<float>();
}

// f of f32 leaves in a scope, and of casts made by hand outside: the same bits, there and back.
template <class F>
void check_product(F f, const std::vector<Shape>& shapes) {
  for (Dtype dtype : {Dtype::bf16, Dtype::f16}) {
    INFO(dtype);
    Variables in, by_hand, cast_by_hand;
    for (const Shape& shape : shapes) {
      in.push_back(Variable(waves(shape, static_cast<int>(in.size())), true));
      by_hand.push_back(Variable(in.back().value(), true));
      cast_by_hand.push_back(cast(by_hand.back(), dtype));
    }
    Variable y;
    {
      const Autocast scope(dtype);
      y = f(in);
    }
    const Variable expected = f(cast_by_hand);
    REQUIRE(y.dtype() == dtype);
    REQUIRE(expected.dtype() == dtype);
    CHECK(numbers(y.value()) == numbers(expected.value()));
    CHECK(numbers(y.value()) != numbers(f(in).value()));
    const Tensor seed = waves(y.shape(), 9).to(dtype);
    y.backward({.seed = seed});  // after the scope
    expected.backward({.seed = seed});
    for (std::size_t i = 0; i < in.size(); ++i) {
      CHECK(in[i].grad().dtype() == Dtype::f32);
      CHECK(numbers(in[i].grad()) == numbers(by_hand[i].grad()));
    }
  }
}

// How far the gradients of loss() are from those without the scope: |g - g'| / |g| by parameter,
// the largest.
template <class Loss>
double largest_error(const std::vector<Parameter>& parameters, Dtype dtype, Loss loss) {
  auto gradients = [&](std::optional<Dtype> in) {
    for (const Parameter& parameter : parameters) Variable(parameter).zero_grad();
    Variable value;
    {
      const Autocast scope(in);
      value = loss();
    }
    REQUIRE(value.dtype() == Dtype::f32);
    value.backward();
    std::vector<std::vector<float>> out;
    for (const Parameter& parameter : parameters) {
      REQUIRE(parameter.value().dtype() == Dtype::f32);
      REQUIRE(parameter.grad().dtype() == Dtype::f32);
      out.push_back(parameter.grad().to_vector<float>());
    }
    return out;
  };
  const auto exact = gradients(std::nullopt), rounded = gradients(dtype);
  double largest = 0;
  for (std::size_t k = 0; k < exact.size(); ++k) {
    double distance = 0, norm = 0;
    for (std::size_t i = 0; i < exact[k].size(); ++i) {
      distance += std::pow(exact[k][i] - rounded[k][i], 2);
      norm += std::pow(exact[k][i], 2);
    }
    largest = std::max(largest, std::sqrt(distance / norm));
  }
  return largest;
}

Tensor labels_of(std::int64_t rows, std::int64_t classes) {
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < rows; ++i) labels.push_back((i * i + 3 * i) % classes);
  return Tensor::from(labels, {rows});
}

}  // namespace

TEST_CASE("products in a scope are those of casts made by hand") {
  check_product([](const Variables& x) { return matmul(x[0], x[1]); }, {{3, 40}, {40, 5}});
  check_product([](const Variables& x) { return linear(x[0], x[1], x[2]); },
                {{2, 3, 17}, {5, 17}, {5}});
  check_product([](const Variables& x) { return linear(x[0], x[1]); }, {{3, 17}, {5, 17}});
  check_product([](const Variables& x) { return conv2d(x[0], x[1]); },
                {{2, 3, 6, 5}, {4, 3, 3, 3}});
  check_product([](const Variables& x) { return attention(x[0], x[1], x[2], {.causal = true}); },
                {{2, 5, 8}, {2, 5, 8}, {2, 5, 8}});
}

TEST_CASE("a scope changes products alone") {
  const Variable x(waves({4, 6}, 1), true), w(waves({6}, 2), true);
  const Tensor labels = labels_of(4, 6);
  const Variable half = cast(x, Dtype::bf16);
  auto all = [&] {
    return Variables{x + w,
                     exp(x),
                     softmax(x),
                     layer_norm(x, w),
                     sum(x),
                     nn::cross_entropy(x, labels),
                     softmax(half),
                     layer_norm(half),
                     nn::cross_entropy(half, labels),
                     half + w,
                     layer_norm(half, w)};
  };
  const Variables outside = all();
  const Autocast scope(Dtype::bf16);
  const Variables inside = all();
  const Dtype expected[] = {Dtype::f32, Dtype::f32, Dtype::f32,  Dtype::f32,
                            Dtype::f32, Dtype::f32, Dtype::bf16, Dtype::bf16,
                            Dtype::f32, Dtype::f32, Dtype::f32};
  for (std::size_t i = 0; i < outside.size(); ++i) {
    INFO(i);
    CHECK(inside[i].dtype() == expected[i]);
    CHECK(outside[i].dtype() == expected[i]);
    CHECK(numbers(inside[i].value()) == numbers(outside[i].value()));
  }
}

TEST_CASE("scopes nest, end, and belong to their thread") {
  const Tensor a = waves({3, 4}, 1), b = waves({4, 2}, 2);
  auto found = [&] { return matmul(a, b).dtype(); };
  CHECK(!autocast_dtype());
  {
    const Autocast scope(Dtype::bf16);
    CHECK(autocast_dtype() == Dtype::bf16);
    CHECK(found() == Dtype::bf16);
    {
      const Autocast inner(Dtype::f16);
      CHECK(found() == Dtype::f16);
      // What was computed in another scope fits, too.
      CHECK(matmul(a.to(Dtype::bf16), b).dtype() == Dtype::f16);
    }
    {
      const Autocast off(std::nullopt);
      CHECK(found() == Dtype::f32);
    }
    CHECK(found() == Dtype::bf16);
    CHECK(matmul(a.to(Dtype::f64), b.to(Dtype::f64)).dtype() == Dtype::f64);
    CHECK(contains(error_of([&] { matmul(a, b.to(Dtype::f64)); }),
                   "matmul: found dtypes f32 and f64"));
    Dtype elsewhere = Dtype::u8;
    std::thread([&] { elsewhere = found(); }).join();
    CHECK(elsewhere == Dtype::f32);
    CHECK_THROWS_AS(
        [] {
          const Autocast inner(Dtype::f16);
          raise("left");
        }(),
        Error);
    CHECK(found() == Dtype::bf16);
  }
  CHECK(found() == Dtype::f32);
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::i32})
    CHECK(contains(error_of([&] { Autocast scope(dtype); }),
                   text("Autocast: found dtype ", dtype, ", expected f16 or bf16")));
  CHECK(!autocast_dtype());
}

TEST_CASE("a backward computes the same in a scope and outside, to the second order") {
  const Variables x{Variable(waves({2, 5, 4}, 1), true), Variable(waves({2, 5, 4}, 2), true),
                    Variable(waves({2, 5, 4}, 3), true)};
  auto gradients = [&](bool inside) {
    Variable y;
    {
      const Autocast scope(Dtype::bf16);
      y = sum(attention(x[0], x[1], x[2]));
    }
    const Autocast scope(inside ? std::optional(Dtype::bf16) : std::nullopt);
    std::vector<std::vector<float>> out;
    for (const Variable& g : grad(y, x, {.retain = true})) out.push_back(numbers(g.value()));
    Variable squares(Tensor::zeros({}));
    for (const Variable& g : grad(y, x, {.create_graph = true})) squares = squares + sum(g * g);
    for (const Variable& g : grad(squares, x)) {
      CHECK(g.dtype() == Dtype::f32);
      out.push_back(numbers(g.value()));
    }
    return out;
  };
  CHECK(gradients(true) == gradients(false));
}

TEST_CASE("a checkpointed function runs again in the scope that it ran in") {
  auto gradients = [](bool checkpointed) {
    const Variable x(waves({3, 8}, 1), true), w(waves({8, 8}, 2), true);
    auto block = [&](const Variable& z) { return gelu(linear(gelu(linear(z, w)), w)); };
    Variable y;
    {
      const Autocast scope(Dtype::bf16);
      y = checkpointed ? checkpoint(block, x) : block(x);
    }
    REQUIRE(y.dtype() == Dtype::bf16);
    sum(y * waves({3, 8}, 3)).backward();
    return std::pair(numbers(x.grad()), numbers(w.grad()));
  };
  CHECK(gradients(true) == gradients(false));
}

// Products round their inputs and results, and the gradients of both on the way back: six times. A
// gradient passes at most the 11 products of the Gpt. Where nothing is decided by a comparison,
// errors of at most one unit each that are independent add up as the square root of their number:
// sqrt(66) is about 8.
TEST_CASE("gradients of networks in a scope are those of f32 within roundings") {
  const Tensor images = waves({16, 1, 12, 12}, 5), labels = labels_of(16, 10);
  nn::Sequential mlp(nn::Flatten(), nn::Linear(144, 64), nn::GELU(), nn::Linear(64, 64), nn::GELU(),
                     nn::Linear(64, 10));
  nn::Sequential cnn(nn::Conv2d(1, 8, 3), nn::GELU(), nn::Conv2d(8, 8, 3), nn::GELU(),
                     nn::Flatten(), nn::Linear(512, 10));
  nn::Gpt gpt({.vocabulary = 13, .context = 16, .width = 32, .heads = 2, .layers = 2});
  const Tensor tokens = reshape(labels_of(64, 13), {4, 16}), next = labels_of(64, 13);
  nn::LSTM lstm(6, 8, {.layers = 2});
  nn::GRU gru(6, 8, {.layers = 2});
  const Tensor steps = waves({7, 4, 6}, 2), classes = labels_of(28, 8);
  mlp.initialise(3), cnn.initialise(3), gpt.initialise(3), lstm.initialise(3), gru.initialise(3);
  for (Dtype dtype : {Dtype::bf16, Dtype::f16}) {
    const double unit = dtype == Dtype::bf16 ? 0x1p-9 : 0x1p-11;
    auto check = [&](const nn::Module& model, auto loss) {
      const double error = largest_error(model.parameters(), dtype, loss);
      INFO(dtype << " " << error / unit << " units");
      CHECK(error > 0.1 * unit);
      CHECK(error < 8 * unit);
    };
    check(mlp, [&] { return nn::cross_entropy(mlp(images), labels); });
    check(cnn, [&] { return nn::cross_entropy(cnn(images), labels); });
    check(lstm, [&] { return nn::cross_entropy(reshape(lstm(steps).y, {28, 8}), classes); });
    check(gru, [&] { return nn::cross_entropy(reshape(gru(steps).y, {28, 8}), classes); });
    check(gpt, [&] { return nn::cross_entropy(reshape(gpt(tokens), {64, 13}), next); });
  }
}
