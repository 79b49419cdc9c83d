#include "safetensors_header.h"

#include <algorithm>
#include <cstring>
#include <tuple>

#include "shown_name.h"

namespace tutti::io {

SafetensorsHeader read_header(std::span<const std::byte> file, const std::string& who) {
  if (file.size() < 8)
    raise(who, ": found ", file.size(), " bytes, expected 8 or more: the file is cut");
  std::uint64_t size = 0;
  for (std::size_t i = 8; i-- > 0;) size = size << 8 | std::to_integer<std::uint64_t>(file[i]);
  if (size > most_header_bytes)
    raise(who, ": found a header of ", size, " bytes at byte 0, expected at most ",
          most_header_bytes, "; is it a safetensors file?");
  if (size > file.size() - 8)
    raise(who, ": found a header of ", size, " bytes at byte 0, expected at most the ",
          file.size() - 8, " that follow: the file is cut");
  if (size == 0 || file[8] != std::byte{'{'})
    raise(who, ": found no header that begins with '{' at byte 8; is it a safetensors file?");
  // JSON has no such byte, and its parser would take it for the end.
  if (const void* zero = std::memchr(&file[8], 0, size))
    raise(who, ": found a zero at byte ", static_cast<const std::byte*>(zero) - file.data(),
          ", expected JSON up to byte ", 8 + size);
  SafetensorsHeader header = parse_header(file, size, who);
  require_no_gaps(header, 8 + size, file.size(), who);
  return header;
}

void require_no_gaps(const SafetensorsHeader& header, std::uint64_t begin, std::uint64_t end,
                     const std::string& who) {
  std::vector<const SafetensorsEntry*> order;
  for (const SafetensorsEntry& entry : header.entries) order.push_back(&entry);
  std::ranges::sort(
      order, {}, [](const SafetensorsEntry* entry) { return std::tie(entry->begin, entry->end); });
  const SafetensorsEntry* before = nullptr;
  for (const SafetensorsEntry* entry : order) {
    if (entry->begin > begin)
      raise(who, ": found a hole at byte ", begin, ": ", entry->begin - begin,
            " bytes before tensor ", shown_name(entry->name), " belong to none");
    if (entry->begin < begin)
      raise(who, ": found an overlap at byte ", entry->begin, ": tensor ", shown_name(entry->name),
            " begins before tensor ", shown_name(before->name), " ends, at byte ", begin);
    begin = entry->end;
    before = entry;
  }
  if (begin < end)
    raise(who, ": found ", end - begin, " trailing bytes at byte ", begin,
          ", which belong to no tensor");
}

}  // namespace tutti::io
