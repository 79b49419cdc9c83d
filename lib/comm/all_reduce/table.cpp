#include "tutti/comm/all_reduce/table.h"

#include <bit>

#include "tutti/comm/all_reduce/binomial_tree.h"
#include "tutti/comm/all_reduce/direct.h"
#include "tutti/comm/all_reduce/halving_doubling.h"
#include "tutti/comm/all_reduce/one_shot.h"
#include "tutti/comm/all_reduce/recursive_doubling.h"
#include "tutti/comm/all_reduce/ring.h"
#include "tutti/comm/all_reduce/staged.h"
#include "tutti/comm/all_reduce/vendor.h"

namespace tutti {
namespace {

constexpr Algorithm table[] = {
    algorithms::one_shot,
    algorithms::direct,
    algorithms::staged,
    algorithms::recursive_doubling,
    algorithms::halving_doubling,
    algorithms::binomial_tree,
    algorithms::ring,
    algorithms::vendor,
};

constexpr std::size_t small_bytes = 32 << 10;
constexpr std::size_t ring_from_bytes = 1 << 20;

}  // namespace

std::span<const Algorithm> all_reduce_table() {
  return table;
}

const Algorithm& find_all_reduce(std::string_view name, std::string_view who) {
  for (const Algorithm& row : table)
    if (row.name == name) return row;
  std::string known;
  for (const Algorithm& row : table) known += text(" ", row.name);
  raise(who, ": found algorithm \"", name, "\", expected one of", known);
}

const Algorithm& choose_all_reduce(const Problem& problem, const CostModel&) {
  if (problem.in_one_node()) {
    if (problem.bytes() <= 8192) return algorithms::one_shot;
    return problem.memory == Memory::symmetric ? algorithms::direct : algorithms::staged;
  }
  if (problem.bytes() <= small_bytes) return algorithms::recursive_doubling;
  bool power_of_two = std::has_single_bit(static_cast<unsigned>(problem.ranks));
  if (problem.order == Order::any && !power_of_two && problem.bytes() >= ring_from_bytes)
    return algorithms::ring;
  return algorithms::halving_doubling;
}

}  // namespace tutti
