// index_select, gather and their gradients against loops over places.
#include <cstring>

#include "places.h"
#include "tutti/ops/gather.h"
#include "tutti/ops/index_select.h"

using namespace tutti;
using namespace tutti::test;

namespace {

// `count` indices below `extent`, with the last row never looked up and many rows again.
Tensor some_indices(const Shape& shape, std::int64_t extent) {
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < shape.count(); ++i)
    values.push_back(i * i % std::max<std::int64_t>(1, extent - 1));
  return Tensor::from(values, shape);
}

Tensor index_add(const Tensor& g, int axis, const Shape& to, const Tensor& where) {
  return apply_list(IndexAdd{axis, to}, std::vector<Tensor>{g, where})[0];
}
Tensor scatter_add(const Tensor& g, int axis, const Shape& to, const Tensor& where) {
  return apply_list(ScatterAdd{axis, to}, std::vector<Tensor>{g, where})[0];
}

// Where in x the element of index_select's result at `place` comes from.
Shape source(const Shape& place, int axis, const Shape& looked_up, const At& index) {
  Shape its, which;
  for (int i = 0; i < place.rank(); ++i) {
    bool within = i >= axis && i < axis + looked_up.rank();
    (within ? which : its).push_back(place[i]);
  }
  its.insert(axis, static_cast<std::int64_t>(index(which)));
  return its;
}

void check_index_select(const Tensor& x, int axis, const Tensor& where) {
  INFO(x.dtype() << " " << x.shape() << " axis " << axis << " indices " << where.shape());
  Tensor taken = index_select(x, axis, where);
  REQUIRE(taken.rank() == x.rank() - 1 + where.rank());
  At from(x), index(where), found(taken);
  At sums(Tensor::zeros(x.shape()));
  Tensor g = whole_numbers(taken.shape(), Dtype::f64, 5);
  At gradient(g);
  each_place(taken.shape(), [&](const Shape& place) {
    Shape its = source(place, axis, where.shape(), index);
    REQUIRE(found(place) == from(its));
    sums(its) += gradient(place);
  });
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    CHECK(numbers(index_add(g.to(dtype), axis, x.shape(), where)) == sums.values());
}

void check_gather(const Tensor& x, int axis, const Tensor& where) {
  INFO(x.dtype() << " " << x.shape() << " axis " << axis << " indices " << where.shape());
  Tensor taken = gather(x, axis, where);
  REQUIRE(taken.shape() == where.shape());
  At from(x), index(where), found(taken);
  At sums(Tensor::zeros(x.shape()));
  Tensor g = whole_numbers(taken.shape(), Dtype::f64, 6);
  At gradient(g);
  each_place(taken.shape(), [&](const Shape& place) {
    Shape its = place;
    its[axis] = static_cast<std::int64_t>(index(place));
    REQUIRE(found(place) == from(its));
    sums(its) += gradient(place);
  });
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    CHECK(numbers(scatter_add(g.to(dtype), axis, x.shape(), where)) == sums.values());
}

}  // namespace

TEST_CASE("index_select takes rows by indices of any shape") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::i32, Dtype::i64, Dtype::u8}) {
    check_index_select(counted({5, 3}, dtype), 0, some_indices({2, 7}, 5));
    check_index_select(counted({3, 5}, dtype), 1, some_indices({11}, 5));
  }
  Tensor x = counted({4, 7, 3}).transpose(0, 2);
  for (int axis : {0, 1, 2})
    for (const Shape& shape : {Shape{}, Shape{1}, Shape{0}, Shape{2, 3}})
      check_index_select(x, axis, some_indices(shape, x.size(axis)));
  check_index_select(counted({301}), 0, some_indices({513}, 301).slice(0, 7, 501));
  check_index_select(whole_numbers({13, 600}), 0, some_indices({300}, 13));  // several cuts
  check_index_select(counted({4, 0}), 0, some_indices({3}, 4));
}

TEST_CASE("flip reverses an axis") {
  Tensor x = counted({2, 3}, Dtype::i32);
  CHECK(numbers(flip(x, 0)) == Numbers{3, 4, 5, 0, 1, 2});
  CHECK(numbers(flip(x, -1)) == Numbers{2, 1, 0, 5, 4, 3});
  CHECK(flip(counted({0, 2}), 0).shape() == Shape{0, 2});
  CHECK_THROWS_AS(flip(x, 2), Error);
}

TEST_CASE("16-bit floats are looked up as they are, and added up in f32") {
  for (Dtype dtype : {Dtype::f16, Dtype::bf16}) {
    check_index_select(whole_numbers({5, 3}, dtype), 0, some_indices({2, 7}, 5));
    check_gather(whole_numbers({3, 4}, dtype), 1, some_indices({3, 2}, 4));
    Tensor ones = Tensor::full({3000, 1}, 1, dtype), zeros = Tensor::full({3000}, 0, Dtype::i64);
    // In bf16 itself, 256 + 1 would be 256.
    Tensor sum = index_add(ones, 0, {1, 1}, zeros);
    CHECK(sum.dtype() == dtype);
    CHECK(numbers(sum) == numbers(Tensor::full({1}, 3000, dtype)));
    CHECK(numbers(scatter_add(ones, 0, {1, 1}, zeros.reshape({3000, 1}))) == numbers(sum));
  }
}

TEST_CASE("gather takes elements, each by an index of its own") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::i32, Dtype::i64, Dtype::u8})
    check_gather(counted({3, 4}, dtype), 1, some_indices({3, 2}, 4));
  Tensor x = counted({4, 7, 3}).transpose(0, 2);
  for (int axis : {0, 1, 2}) {
    check_gather(x, axis, some_indices({2, 3, 4}, x.size(axis)));
    check_gather(x, axis, some_indices({4, 3, 2}, x.size(axis)).transpose(0, 2));
    check_gather(x, axis, some_indices({1, 0, 4}, x.size(axis)));
  }
  check_gather(counted({5}), 0, some_indices({9}, 5));
  check_gather(whole_numbers({2, 9, 301}), 1, some_indices({2, 17, 299}, 9));
}

TEST_CASE("an index out of range is named") {
  Tensor x = counted({4, 3});
  auto names = [](const std::string& word) { return Catch::Matchers::Contains(word); };
  CHECK_THROWS_WITH(index_select(x, 0, indices({0, 1, 4, -1}, {2, 2})),
                    names("found index 4 at position 2 of 4") && names("expected 0 to 3"));
  CHECK_THROWS_WITH(index_select(x, 1, indices({-1}, {1})), names("found index -1 at position 0"));
  CHECK_THROWS_WITH(gather(x, 1, indices({0, 3}, {1, 2})), names("found index 3 at position 1"));
  CHECK_THROWS_AS(index_select(x, 0, indices({0}, {1}).to(Dtype::i32)), Error);
  CHECK_THROWS_AS(index_select(x, 2, indices({0}, {1})), Error);
  CHECK_THROWS_AS(index_select(Tensor(), 0, indices({0}, {1})), Error);
  CHECK_THROWS_AS(gather(x, 0, indices({0}, {1})), Error);
  CHECK_THROWS_AS(gather(x, 0, indices({0, 0, 0, 0}, {1, 4})), Error);
}

TEST_CASE("the bits of added rows do not depend on threads") {
  Tensor g = fractions({2000, 70}), where = some_indices({2000}, 37);
  CHECK(same_bits_on_any_threads([&] { return index_add(g, 0, {37, 70}, where); }));
  Tensor each = some_indices({70, 2000}, 37).transpose();
  CHECK(same_bits_on_any_threads([&] { return scatter_add(g, 0, {37, 70}, each); }));
}
