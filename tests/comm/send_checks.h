// Checks of messages between two ranks, on any communicator.
#pragma once

#include "collectives_checks.h"
#include "tutti/comm/all_reduce.h"
#include "tutti/comm/send.h"

namespace tutti::test {

/// Every rank sends to every other one, in an order that none waits in a circle.
inline void check_send(Communicator& c, std::size_t count) {
  const auto value = [&](int from, int to) {
    return fill<double>(random<double>, from * c.size() + to, count);
  };
  for (int from = 0; from < c.size(); ++from)
    for (int to = 0; to < c.size(); ++to) {
      if (from == to) continue;
      auto data = c.rank() == from ? value(from, to) : std::vector<double>(count);
      const Block block = block_of(data.data(), count);
      if (c.rank() == from) send(c, block, to);
      if (c.rank() == to) recv(c, block, from);
      expect(c.rank() != to || data == value(from, to), "recv", c, count);
    }
  // Round the ring, all at once; then the same in the background, between collectives.
  const int next = (c.rank() + 1) % c.size(), previous = (c.rank() + c.size() - 1) % c.size();
  if (c.size() == 1) return;
  auto out = value(c.rank(), next);
  std::vector<double> in(count), sum(1, 1.0);
  send_recv(c, block_of(out.data(), count), next, block_of(in.data(), count), previous);
  expect(in == value(previous, c.rank()), "send_recv", c, count);
  in.assign(count, 0);
  const Block one = block_of(sum.data(), 1);
  Work before = all_reduce_async(c, one, ReduceOp::sum());
  Work both =
      send_recv_async(c, block_of(out.data(), count), next, block_of(in.data(), count), previous);
  all_reduce(c, one, ReduceOp::sum());
  if (!before.done() || !both.done()) raise("a blocking call overtook an asynchronous one");
  expect(in == value(previous, c.rank()), "send_recv_async", c, count);
  expect(sum[0] == double(c.size()) * c.size(), "all_reduce between", c, 1);
}

/// Many messages in flight from rank 0 to the last one, which reads them in order.
inline void check_send_order(Communicator& c) {
  const int last = c.size() - 1;
  if (last == 0) return;
  std::vector<std::vector<std::int32_t>> data;
  for (std::size_t k = 0; k < 20; ++k)
    data.emplace_back(1 + 1000 * (k % 3), c.rank() == 0 ? std::int32_t(k) : -1);
  std::vector<Work> works;
  for (auto& message : data) {
    const Block block = block_of(message.data(), message.size());
    if (c.rank() == 0) works.push_back(send_async(c, block, last));
    if (c.rank() == last) works.push_back(recv_async(c, block, 0));
  }
  for (Work& work : works) work.wait();
  for (std::size_t k = 0; k < data.size() && c.rank() == last; ++k)
    expect(data[k].front() == std::int32_t(k) && data[k].back() == std::int32_t(k), "recv_async", c,
           data[k].size());
}

inline void check_sends(Communicator& c) {
  const auto calls = c.calls();
  for (std::size_t count : {0, 1, 7, 1000, 50001}) check_send(c, count);
  check_send_order(c);
  if (c.calls() - calls != (c.size() > 1 ? 10u : 0u)) raise("sends were numbered");
  barrier_async(c).wait();
}

}  // namespace tutti::test
