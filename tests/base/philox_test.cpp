#include "tutti/base/philox.h"

#include "support/catch.h"

using namespace tutti;

// The known answers of the Random123 distribution for philox4x32, 10 rounds.
TEST_CASE("philox gives the published answers") {
  CHECK(Philox(0)({0, 0, 0, 0}) == Philox::Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(Philox(0xffffffffffffffffu)({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}) ==
        Philox::Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(Philox(0x299f31d0a4093822u)({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}) ==
        Philox::Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("uniform_float stays below one") {
  CHECK(uniform_float(0xffffffffu) < 1.0f);
  CHECK(uniform_float(0) == 0.0f);
}
