// How often this thread has asked for memory by new. Programs that use it have an operator new of
// their own, over malloc: sanitizers still see every block.
#pragma once

#include <cstdint>

namespace tutti::test {

std::uint64_t allocations();

}  // namespace tutti::test
