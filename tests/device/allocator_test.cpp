#include "tutti/device/allocator.h"

#include <cstring>
#include <random>
#include <set>

#include "support/catch.h"
#include "tutti/device/buffer.h"

using namespace tutti;

TEST_CASE("freed memory is handed out again") {
  Device device;
  void* first = device.allocator().allocate(100000);
  device.allocator().free(first, 100000);
  CHECK(device.allocator().allocate(100000) == first);
  device.allocator().free(first, 100000);
  CHECK(device.allocator().statistics().live_bytes == 0);
  CHECK(device.allocator().allocate(0) == nullptr);
}

TEST_CASE("live blocks of any size are aligned and do not overlap") {
  Device device;
  std::mt19937 random(1);
  struct Live {
    unsigned char* data;
    std::size_t bytes;
    unsigned char mark;
  };
  std::vector<Live> live;
  for (int round = 0; round < 3000; ++round) {
    if (live.size() > 40) {
      std::swap(live[random() % live.size()], live.back());
      auto [data, bytes, mark] = live.back();
      for (std::size_t i : {std::size_t{0}, bytes / 2, bytes - 1}) REQUIRE(data[i] == mark);
      device.allocator().free(data, bytes);
      live.pop_back();
    }
    std::size_t bytes = 1 + random() % (round % 2 ? 300 : 70000);
    auto* data = static_cast<unsigned char*>(device.allocator().allocate(bytes));
    REQUIRE(reinterpret_cast<std::uintptr_t>(data) % 64 == 0);
    auto mark = static_cast<unsigned char>(round);
    std::memset(data, mark, bytes);
    live.push_back({data, bytes, mark});
  }
  for (auto [data, bytes, mark] : live) device.allocator().free(data, bytes);
  CHECK(device.allocator().statistics().live_bytes == 0);
}

TEST_CASE("adopted memory keeps its owner and is not freed by the buffer") {
  auto owner = std::make_shared<std::vector<float>>(8, 3.0f);
  std::weak_ptr<void> alive = owner;
  Buffer buffer = Buffer::adopt(block_of(owner->data(), 8), owner, Device());
  owner.reset();
  CHECK(!alive.expired());
  CHECK(static_cast<float*>(buffer.data())[7] == 3.0f);
  buffer = Buffer();
  CHECK(alive.expired());
}

TEST_CASE("a device that is not there is named") {
  CHECK(device_from_name("cpu").is_cpu());
  CHECK_THROWS_AS(device_from_name("gpu"), Error);
  CHECK_THROWS_AS(device_from_name("cuda:x"), Error);
  if (cuda_device_count() == 0) {
    CHECK(device_from_name("auto").is_cpu());
    CHECK_THROWS_AS(device_from_name("cuda"), Error);
  }
}
