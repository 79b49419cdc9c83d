// Checks of collectives on blocks in a GPU's memory, which every rank of a communicator runs
// together. They raise Error: Catch2's macros are not for several threads.
#pragma once

#include "reference.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/all_reduce/table.h"
#include "tutti/comm/all_to_all.h"
#include "tutti/comm/broadcast.h"
#include "tutti/comm/device_communicator.h"

namespace tutti::test {

/// `count` elements on a device and the same on the host.
template <class T>
class DeviceBlock {
 public:
  DeviceBlock(const Device& device, const std::vector<T>& values)
      : device_(device), buffer_(values.size() * sizeof(T), device), count_(values.size()) {
    std::vector<T> from = values;
    copy(device_.stream(), block(), block_of(from.data(), count_));
    device_.synchronize();
  }
  Block block() const { return {buffer_.data(), count_, dtype_of<T>(), device_.id()}; }
  std::vector<T> values() const {
    std::vector<T> out(count_);
    copy(device_.stream(), block_of(out.data(), count_), block());
    device_.synchronize();
    return out;
  }

 private:
  Device device_;
  Buffer buffer_;
  std::size_t count_;
};

/// Collective: one row's sum of f32, whole or random, in place or not, against the CPU's reference.
inline void check_device_row(Communicator& c, const Device& device, const Algorithm& row,
                             ReduceOp op, std::size_t count, bool in_place) {
  const auto label = [&] {
    return text(row.name, " on ", device.id(), " over ", c.transport().name(), ", ", op, ", ",
                c.size(), " ranks, count ", count, in_place ? ", in place" : "");
  };
  const bool exact = row.canonical(
      {c.size(), count, Dtype::f32, op, Order::any, c.layout(), Memory::heap, DeviceKind::cuda});
  auto value = exact ? random<float> : whole<float>;
  DeviceBlock<float> in(device, fill<float>(value, c.rank(), count));
  DeviceBlock<float> beside(device, std::vector<float>(count, 7));
  const DeviceBlock<float>& out = in_place ? in : beside;
  const AllReduceOptions options{.algorithm = row.name, .stream = &device.stream()};
  all_reduce(c, in.block(), out.block(), op, options);
  const std::vector<float> found = out.values();
  std::vector<float> x(c.size());
  const float divisor = static_cast<float>(op.for_ranks(c.size()).divisor);
  for (std::size_t i = 0; i < count; ++i) {
    for (int r = 0; r < c.size(); ++r) x[r] = value(r, i);
    const float expected = canonical_sum(x, 0, x.size()) / divisor;
    if (!same_bits(found[i], expected))
      raise(label(), ": found ", found[i], " at ", i, ", expected ", expected);
  }
}

/// Collective: everything that a communicator does with blocks of `device`.
inline void check_device(Communicator& ranks, const Device& device) {
  Communicator c = with_device(ranks, device);
  for (const Algorithm& row : all_reduce_table()) {
    for (std::size_t count : {1, 7, 1000, 100003}) {
      const Problem problem{c.size(),   count,      Dtype::f32,   ReduceOp::sum(),
                            Order::any, c.layout(), Memory::heap, DeviceKind::cuda};
      if (!row.fits(problem)) continue;
      for (bool in_place : {true, false}) {
        check_device_row(c, device, row, ReduceOp::sum(), count, in_place);
        check_device_row(c, device, row, ReduceOp::average(), count, in_place);
      }
    }
  }
  const std::size_t count = 1003;
  const CallOptions options{.stream = &device.stream()};
  DeviceBlock<float> sent(device, fill<float>(random<float>, c.rank(), count));
  broadcast(c, sent.block(), c.size() - 1, options);
  if (sent.values() != fill<float>(random<float>, c.size() - 1, count))
    raise("broadcast on ", device.id(), ": found other values than the root's");

  // In place, where parts are swapped.
  const auto ranks_of = static_cast<std::size_t>(c.size());
  constexpr std::size_t part = 5003;
  DeviceBlock<float> swapped(device, fill<float>(random<float>, c.rank(), part * ranks_of));
  all_to_all(c, swapped.block(), swapped.block(), options);
  const std::vector<float> found = swapped.values();
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::size_t at = static_cast<std::size_t>(c.rank()) * part + i % part;
    if (found[i] != random<float>(static_cast<int>(i / part), at))
      raise("all_to_all on ", device.id(), " in place: found ", found[i], " at ", i);
  }

  // In the background, several at once, while blocks on the CPU use the same communicator.
  std::vector<DeviceBlock<double>> many;
  std::vector<Work> works;
  for (int i = 0; i < 5; ++i)
    many.emplace_back(device, fill<double>(whole<double>, c.rank(), count + i));
  for (const auto& one : many)
    works.push_back(all_reduce_async(c, one.block(), ReduceOp::sum(), {.stream = options.stream}));
  std::vector<double> host = fill<double>(whole<double>, c.rank(), count);
  all_reduce(c, block_of(host.data(), count), ReduceOp::sum());
  for (Work& work : works) work.wait();
  for (std::size_t k = 0; k < many.size(); ++k) {
    const std::vector<double> found = many[k].values();
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double expected = reduced_whole<double>(ReduceOp::sum(), c.size(), i);
      if (found[i] != expected || (i < count && host[i] != expected))
        raise("all_reduce_async on ", device.id(), ": found ", found[i], " and on the CPU ",
              i < count ? host[i] : expected, " at ", i, ", expected ", expected);
    }
  }
}

}  // namespace tutti::test
