#include "tutti/comm/simulated.h"

#include "support/catch.h"
#include "tutti/comm/all_reduce.h"

using namespace tutti;

namespace {

constexpr double latency = 1e-6, bandwidth = 1e9, overhead = 1e-7, reduction = 4e9;

/// Ranks of one node, full duplex.
Topology flat() {
  return {.levels = {{.name = "node", .latency = latency, .bandwidth = bandwidth}},
          .overhead = overhead,
          .reduction = reduction};
}

/// Nodes of `per_node` ranks with unlimited links inside, joined by links of the bandwidth.
Topology nodes_of(int per_node) {
  return {.levels = {{.name = "node", .members = per_node, .latency = 0},
                     {.name = "switch", .latency = latency, .bandwidth = bandwidth}}};
}

double time_of(const Topology& topology, int ranks, std::string_view algorithm, std::size_t bytes,
               Payload payload = Payload::moved) {
  const Buffer room = phantom_buffer(bytes);
  return run_simulated(
             topology, ranks,
             [&](Communicator& c) {
               std::vector<float> own(payload == Payload::moved ? bytes / sizeof(float) : 0);
               void* data = payload == Payload::moved ? own.data() : room.data();
               all_reduce(c, {data, bytes / sizeof(float), Dtype::f32, {}}, ReduceOp::sum(),
                          {.algorithm = algorithm});
             },
             payload)
      .seconds;
}

void send(Communicator& c, int from, int to, Block block) {
  if (c.rank() == from) c.exchange({send_to(to, block)}, CpuStream{});
  if (c.rank() == to) c.exchange({receive_from(from, block)}, CpuStream{});
}

}  // namespace

TEST_CASE("a step of two ranks takes overheads, latency, bytes and their combination", "[comm]") {
  // Each rank posts a send, then a receive; both messages start when the later one is posted.
  const double bytes = 4000;
  const double step = 2 * overhead + latency + bytes / bandwidth;
  for (Payload payload : {Payload::moved, Payload::none})
    CHECK(time_of(flat(), 2, "recursive_doubling", 4000, payload) ==
          Approx(step + bytes / reduction).epsilon(1e-9));
}

TEST_CASE("recursive doubling takes log2 P such steps", "[comm]") {
  const double step = 2 * overhead + latency + 4000 / bandwidth + 4000 / reduction;
  CHECK(time_of(flat(), 4, "recursive_doubling", 4000) == Approx(2 * step).epsilon(1e-9));
  CHECK(time_of(flat(), 16, "recursive_doubling", 4000) == Approx(4 * step).epsilon(1e-9));
}

TEST_CASE("a ring takes 2(P-1) steps, half of which combine", "[comm]") {
  for (int ranks : {2, 3, 5, 8}) {
    const double part = 1000;
    const double step = 2 * overhead + latency + part / bandwidth;
    for (Payload payload : {Payload::moved, Payload::none})
      CHECK(time_of(flat(), ranks, "ring", 1000 * static_cast<std::size_t>(ranks), payload) ==
            Approx((ranks - 1) * (2 * step + part / reduction)).epsilon(1e-9));
  }
}

TEST_CASE("halving and doubling moves 2 n (P-1)/P bytes", "[comm]") {
  const double bytes = 8000;
  CHECK(time_of(flat(), 8, "halving_doubling", 8000) ==
        Approx(6 * (2 * overhead + latency) + 2 * bytes * 7 / 8 / bandwidth +
               bytes * 7 / 8 / reduction)
            .epsilon(1e-9));
}

TEST_CASE("directions that share a link halve an exchange", "[comm]") {
  Topology topology = flat();
  topology.levels[0].shared = true;
  CHECK(time_of(topology, 2, "recursive_doubling", 4000) ==
        Approx(2 * overhead + latency + 2 * 4000 / bandwidth + 4000 / reduction).epsilon(1e-9));
}

TEST_CASE("two messages over a link share it until one has gone", "[comm]") {
  double first = 0, second = 0;
  run_simulated(nodes_of(2), 4, [&](Communicator& c) {
    std::vector<std::byte> data(3000);
    send(c, 0, 2, block_of(reinterpret_cast<std::uint8_t*>(data.data()), 1000));
    send(c, 1, 3, block_of(reinterpret_cast<std::uint8_t*>(data.data()), 3000));
    if (c.rank() == 2) first = virtual_seconds(c);
    if (c.rank() == 3) second = virtual_seconds(c);
  });
  CHECK(first == Approx(latency + 2 * 1000 / bandwidth).epsilon(1e-9));
  // 1000 bytes at half the speed, 2000 at all of it.
  CHECK(second == Approx(latency + 4000 / bandwidth).epsilon(1e-9));
}

TEST_CASE("shares are max-min fair", "[comm]") {
  // Into node 2 come three messages, a third of its link each. One of them leaves node 0 together
  // with a message to node 1, which gets the two thirds that are left there.
  double times[15] = {};
  run_simulated(nodes_of(3), 15, [&](Communicator& c) {
    std::vector<std::uint8_t> data(6000);
    send(c, 0, 3, block_of(data.data(), 6000));
    send(c, 1, 6, block_of(data.data(), 3000));
    send(c, 9, 7, block_of(data.data(), 3000));
    send(c, 12, 8, block_of(data.data(), 3000));
    times[c.rank()] = virtual_seconds(c);
  });
  for (int rank : {3, 6, 7, 8})
    CHECK(times[rank] == Approx(latency + 9000 / bandwidth).epsilon(1e-9));
}

TEST_CASE("a unit's capacity bounds all that crosses it", "[comm]") {
  Topology topology = flat();
  topology.levels[0].capacity = bandwidth;
  CHECK(time_of(topology, 2, "recursive_doubling", 4000) ==
        Approx(2 * overhead + latency + 2 * 4000 / bandwidth + 4000 / reduction).epsilon(1e-9));
}

TEST_CASE("messages with a pace take what was measured", "[comm]") {
  Topology topology = flat();
  topology.levels[0].pace = {{1000, 2e-6, 3e-6}, {3000, 4e-6, 8e-6}};
  double alone[3] = {};
  run_simulated(topology, 6, [&](Communicator& c) {
    std::vector<std::uint8_t> data(6000);
    const std::size_t sizes[] = {500, 2000, 6000};
    for (int k = 0; k < 3; ++k) send(c, 2 * k, 2 * k + 1, block_of(data.data(), sizes[k]));
    if (c.rank() % 2) alone[c.rank() / 2] = virtual_seconds(c) - overhead - latency;
  });
  CHECK(alone[0] == Approx(1e-6).epsilon(1e-6));
  CHECK(alone[1] == Approx(3e-6).epsilon(1e-6));
  CHECK(alone[2] == Approx(8e-6).epsilon(1e-6));
  CHECK(time_of(topology, 2, "recursive_doubling", 2000) ==
        Approx(2 * overhead + latency + 5.5e-6 + 2000 / reduction).epsilon(1e-6));
}

TEST_CASE("calls and combinations take what was measured", "[comm]") {
  Topology topology = flat();
  topology.call = 5e-7;
  topology.combining = {{1000, 1e-6}, {3000, 2e-6}};
  CHECK(time_of(topology, 2, "recursive_doubling", 2000) ==
        Approx(5e-7 + 2 * overhead + latency + 2000 / bandwidth + 1.5e-6).epsilon(1e-9));
}

TEST_CASE("an eager message leaves before it is asked for", "[comm]") {
  for (std::size_t eager : {std::size_t{1000}, std::size_t{999}}) {
    Topology topology = flat();
    topology.overhead = 0;
    topology.eager_bytes = eager;
    double sent = 0, received = 0;
    run_simulated(topology, 3, [&](Communicator& c) {
      std::vector<std::uint8_t> data(1000, c.rank() == 0 ? 7 : 0), other(5000);
      send(c, 2, 1, block_of(other.data(), other.size()));  // keeps rank 1 busy
      send(c, 0, 1, block_of(data.data(), data.size()));
      if (c.rank() == 0) sent = virtual_seconds(c), data.assign(1000, 1);
      if (c.rank() == 1) received = virtual_seconds(c);
      if (c.rank() == 1 && data[999] != 7) raise("found ", data[999], ", expected 7");
    });
    const double busy = latency + 5000 / bandwidth, alone = latency + 1000 / bandwidth;
    CHECK(sent == Approx(eager < 1000 ? busy + alone : 0).epsilon(1e-9));
    // While it flows it shares the way into rank 1.
    CHECK(received == Approx(eager < 1000 ? busy + alone : busy + 1000 / bandwidth).epsilon(1e-9));
  }
}

// In seconds: more would meet the limit of ctest.
TEST_CASE("1024 ranks can be simulated", "[comm]") {
  Topology topology = nodes_of(8);
  topology.levels[0] = {.name = "node", .members = 8, .latency = 4e-7, .bandwidth = 1e10};
  const std::size_t bytes = std::size_t{1} << 20;
  CHECK(time_of(topology, 1024, "halving_doubling", bytes, Payload::none) > 0);
  CHECK(time_of(topology, 1024, "recursive_doubling", 4096, Payload::none) > 0);
}
