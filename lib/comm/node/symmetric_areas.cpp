#include "comm/node/symmetric_areas.h"

#include <algorithm>
#include <cstring>

#include "comm/node/share_mapping.h"

namespace tutti {

std::shared_ptr<const SymmetricArea> SymmetricAreas::allocate(Transport& wires,
                                                              std::span<const int> ranks, int me,
                                                              std::size_t bytes) {
  constexpr std::size_t huge_page = 2 << 20;
  const std::size_t lead = bytes >= huge_page ? huge_page : page_bytes;
  const std::size_t stride = round_up(bytes, lead);
  std::shared_ptr<Mapping> mapping;
  if (ranks.size() > 1) mapping = share_mapping(wires, ranks, lead + stride * ranks.size());
  if (!all_agree(wires, mapping != nullptr)) return nullptr;
  auto area = std::make_shared<SymmetricArea>(
      SymmetricArea{std::move(mapping), lead, stride, bytes, ++allocations_});
  // The owner touches its part first, so that it stands in memory near it; then all map all of it.
  std::memset(area->part(me), 0, bytes);
  all_agree(wires, true);
  populate(area->part(0), stride * ranks.size());
  std::lock_guard lock(mutex_);
  std::erase_if(areas_, [](const KnownArea& known) { return known.owner.expired(); });
  areas_.push_back({area->part(me), area->part(me) + bytes, area.get(), area});
  return area;
}

SymmetricPlace SymmetricAreas::place(const void* data, std::size_t bytes) {
  const auto* begin = static_cast<const std::byte*>(data);
  std::lock_guard lock(mutex_);
  for (const KnownArea& known : areas_)
    if (begin >= known.begin && begin + bytes <= known.end && !known.owner.expired())
      return {known.area, static_cast<std::size_t>(begin - known.begin)};
  return {};
}

}  // namespace tutti
