// One rank, the last, makes a call that differs as the first argument says, in a series of calls of
// the kind that the second names. Results are checked as far as calls return.
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "tutti/comm/all_reduce.h"
#include "tutti/comm/barrier.h"
#include "tutti/comm/broadcast.h"
#include "tutti/comm/run.h"
#include "tutti/comm/symmetric.h"

using namespace tutti;

namespace {

constexpr std::size_t room = std::size_t{1} << 19;

// The arguments of a call; of them, a kind uses what it has.
struct Arguments {
  std::size_t first = 0, count;
  Dtype dtype = Dtype::f32;
  ReduceOp op = ReduceOp::sum();
  int root = 0;
  AllReduceOptions options{};
};

std::size_t usual_count(const std::string& kind) {
  if (kind == "small" || kind == "async") return 500;
  if (kind == "medium") return 5000;  // a little more than a greeting between nodes carries
  return room - 1000;
}

class Series {
 public:
  Series(Communicator& world, const std::string& kind)
      : world_(world),
        kind_(kind),
        buffer_(kind == "symmetric" ? symmetric_buffer(world, 4 * room)
                                    : Buffer(4 * room, Device::cpu())),
        usual_{.count = usual_count(kind)} {
    if (kind == "vendor") usual_.options.algorithm = "vendor";
    if (kind == "tree") usual_.options.algorithm = "binomial_tree";
  }

  const Arguments& usual() const { return usual_; }

  void call(const Arguments& with) {
    if (kind_ == "allocation") {
      buffer_ = symmetric_buffer(world_, 4 * with.count);
      return expect_zeros(4 * with.count);
    }
    fill(with);
    const Block block =
        Block{buffer_.data(), room, with.dtype, {}}.slice(with.first, with.first + with.count);
    if (kind_ == "barrier") return barrier(world_);
    if (kind_ == "broadcast") {
      broadcast(world_, block, with.root);
      return expect(with, with.root + 1);
    }
    if (kind_ == "async")
      all_reduce_async(world_, block, with.op, with.options).wait();
    else
      all_reduce(world_, block, with.op, with.options);
    expect(with, world_.size() * (world_.size() + 1) / 2);
  }

  void fault(const std::string& how) {
    Arguments with = usual_;
    if (how == "count") with.count += 7;
    if (how == "more") with.count += 5000;
    if (how == "dtype") with.dtype = Dtype::i32;
    if (how == "op") with.op = ReduceOp::max();
    if (how == "divisor") with.op = ReduceOp::average();
    if (how == "root") with.root = 1;
    if (how == "order") with.options.order = Order::any;
    if (how == "algorithm") with.options.algorithm = "recursive_doubling";
    if (how == "place") with.first = 16;
    if (how == "missing") return;
    if (how == "swapped") barrier(world_);
    call(with);
    if (how == "extra") call(with);
  }

 private:
  void fill(const Arguments& with) {
    for (std::size_t i = with.first; i < with.first + with.count; ++i)
      if (with.dtype == Dtype::f32)
        static_cast<float*>(buffer_.data())[i] = static_cast<float>(world_.rank() + 1);
      else
        static_cast<std::int32_t*>(buffer_.data())[i] = world_.rank() + 1;
  }
  void expect(const Arguments& with, int value) {
    for (std::size_t i = with.first; i < with.first + with.count; ++i) {
      const float found = with.dtype == Dtype::f32
                              ? static_cast<float*>(buffer_.data())[i]
                              : static_cast<float>(static_cast<std::int32_t*>(buffer_.data())[i]);
      if (found != static_cast<float>(value)) raise("WRONG DATA: found ", found, " at ", i);
    }
  }

  void expect_zeros(std::size_t bytes) {
    const auto* data = static_cast<const std::uint8_t*>(buffer_.data());
    for (std::size_t i = 0; i < bytes; ++i)
      if (data[i] != 0) raise("WRONG DATA: found ", int(data[i]), " at ", i, " of new memory");
  }

  Communicator& world_;
  std::string kind_;
  Buffer buffer_;
  Arguments usual_;
};

}  // namespace

int main(int argc, char** argv) {
  return run(argc, argv, [&](Communicator& world) {
    const std::string how = argc > 2 ? argv[1] : "", kind = argc > 2 ? argv[2] : "";
    Series series(world, kind);
    for (int i = 0; i < 3; ++i) series.call(series.usual());
    const bool odd = world.rank() == world.size() - 1;
    if (odd)
      series.fault(how);
    else
      series.call(series.usual());
    if (how != "swapped" || !odd) barrier(world);
    series.call(series.usual());
    std::puts("made all calls");
  });
}
