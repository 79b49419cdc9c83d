// matmul on the CPU, against the naive loop.
#include <sys/resource.h>

#include "cpu_launch.h"

using namespace tutti;
using namespace tutti::test;

namespace {

std::vector<double> naive_matmul(const Tensor& a, const Tensor& b) {
  auto left = numbers(a), right = numbers(b);
  std::size_t m = a.size(0), k = a.size(1), n = b.size(1);
  std::vector<double> out(m * n);
  for (std::size_t i = 0; i < m; ++i)
    for (std::size_t l = 0; l < k; ++l)
      for (std::size_t j = 0; j < n; ++j) out[i * n + j] += left[i * k + l] * right[l * n + j];
  return out;
}

void check_matmul(const Tensor& a, const Tensor& b) {
  Tensor out = unwritten({a.size(0), b.size(1)}, a.dtype());
  launch::matmul(CpuStream{}, out, a, b, {});
  INFO("shapes " << a.shape() << " " << b.shape());
  CHECK(numbers(out) == naive_matmul(a, b));
}

// [rows, columns], row-major or column-major.
Tensor matrix(std::int64_t rows, std::int64_t columns, bool turned, Dtype dtype) {
  return turned ? whole_numbers({columns, rows}, dtype, 5).transpose()
                : whole_numbers({rows, columns}, dtype, 6);
}

}  // namespace

TEST_CASE("matmul of any shape and layout") {
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (bool a_turned : {false, true})
      for (bool b_turned : {false, true})
        for (std::int64_t m : {0, 1, 3, 130})
          for (std::int64_t k : {0, 1, 9, 301})
            for (std::int64_t n : {0, 1, 10, 259})
              check_matmul(matrix(m, k, a_turned, dtype), matrix(k, n, b_turned, dtype));
}

TEST_CASE("matmul of views") {
  check_matmul(whole_numbers({40, 50}).slice(1, 3, 41), whole_numbers({60, 70}).slice(0, 11, 49));
  check_matmul(whole_numbers({1, 38}).expand({17, 38}), whole_numbers({38, 5}));
  check_matmul(whole_numbers({17, 38}), whole_numbers({38, 1}).expand({38, 5}));
  check_matmul(whole_numbers({17, 1}).expand({17, 9}), whole_numbers({1, 1}).expand({9, 4}));
  check_matmul(whole_numbers({9, 30}).slice(0, 2, 3).transpose(),
               whole_numbers({30, 9}).slice(1, 4, 5).transpose());
  check_matmul(whole_numbers({9, 40}).slice(1, 2, 3), whole_numbers({40, 9}).slice(0, 2, 3));
}

TEST_CASE("the bits of matmul depend neither on threads nor on addresses") {
  for (Shape extents : {Shape{300, 700, 520}, Shape{64, 1600, 10}, Shape{1, 5000, 1},
                        Shape{3, 4, 5}, Shape{513, 37, 1}}) {
    const std::int64_t m = extents[0], k = extents[1], n = extents[2];
    Tensor a = fractions({m, k}), b = fractions({k, n}, Dtype::f32, 9);
    CHECK(same_bits_on_any_threads([&] {
      Tensor out = unwritten({m, n});
      launch::matmul(CpuStream{}, out, a, b, {});
      return out;
    }));
    // The same numbers at addresses that are no multiple of any vector's size.
    auto shifted = [](const Tensor& x) {
      Tensor room = unwritten({x.count() + 1}).slice(0, 1, x.count() + 1).reshape(x.shape());
      room.copy_from(x);
      return room;
    };
    Tensor out = unwritten({m, n}), odd = shifted(out);
    launch::matmul(CpuStream{}, out, a, b, {});
    launch::matmul(CpuStream{}, odd, shifted(a), shifted(b), {});
    CHECK(out.to_vector<float>() == odd.to_vector<float>());
  }
}

TEST_CASE("a steady state of matmul faults no pages") {
  Tensor a = fractions({512, 512}), b = fractions({512, 512}), out = unwritten({512, 512});
  auto faults = [] {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
  };
  for (int i = 0; i < 3; ++i) launch::matmul(CpuStream{}, out, a, b, {});
  auto before = faults();
  for (int i = 0; i < 20; ++i) launch::matmul(CpuStream{}, out, a, b, {});
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  WARN("skipped the page faults: a sanitizer hands out freed memory late");
  static_cast<void>(before);
#else
  // Packing buffers from the system would fault dozens of pages a call; the kernel may take a few.
  CHECK(faults() - before < 20);
#endif
}
