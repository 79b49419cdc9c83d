#include "comm/node/store_choice.h"

#include <chrono>

#include "support/catch.h"

namespace {

using tutti::Stores;

// Works for long where stores are `slow`, and says how many of the calls used the others.
int good_choices(tutti::StoreChoice& choice, std::size_t bytes, Stores slow, int calls) {
  int good = 0;
  for (int i = 0; i < calls; ++i) {
    auto exchange = choice.begin(bytes);
    good += exchange.stores() != slow;
    exchange.run([&] {
      const auto end = std::chrono::steady_clock::now() +
                       std::chrono::microseconds(exchange.stores() == slow ? 300 : 10);
      while (std::chrono::steady_clock::now() < end)
        ;
    });
    choice.end(exchange);
  }
  return good;
}

}  // namespace

TEST_CASE("the better stores are found, and found again when they change") {
  for (Stores slow : {Stores::ordinary, Stores::streaming}) {
    tutti::StoreChoice choice(8 << 10);
    good_choices(choice, 4 << 10, slow, 40);  // tries both
    CHECK(good_choices(choice, 4 << 10, slow, 100) == 100);
    const Stores fast = slow == Stores::ordinary ? Stores::streaming : Stores::ordinary;
    good_choices(choice, 4 << 10, fast, 400);
    CHECK(good_choices(choice, 4 << 10, fast, 100) >= 80);
  }
}

TEST_CASE("stores are chosen for each size") {
  tutti::StoreChoice choice(8 << 10);
  good_choices(choice, 4 << 10, Stores::ordinary, 40);
  good_choices(choice, 1 << 10, Stores::streaming, 80);
  CHECK(good_choices(choice, 4 << 10, Stores::ordinary, 50) == 50);
  CHECK(good_choices(choice, 1 << 10, Stores::streaming, 50) == 50);
}
