#include <algorithm>
#include <array>
#include <bit>
#include <tuple>
#include <utility>
#include <vector>

#include "base/new_file.h"
#include "safetensors_dtype.h"
#include "safetensors_header.h"
#include "shown_name.h"
#include "state_metadata.h"
#include "tutti/io/safetensors.h"

namespace tutti::io {
namespace {

constexpr std::string_view who = "io::save";
static_assert(std::endian::native == std::endian::little, "the format's order of bytes");

struct Part {
  std::string name;
  Tensor tensor;
  std::uint64_t begin = 0, end = 0;  // from the header on
};

// The tensors in the state's order, with their places: wider elements first, so that all of them
// are aligned.
std::vector<Part> parts_of(const StateDict& state) {
  std::vector<Part> parts;
  for (const auto& [name, value] : state)
    if (const auto* tensor = std::get_if<Tensor>(&value)) parts.push_back({name, *tensor});
  std::uint64_t at = 0;
  for (const std::size_t size : {8, 4, 2, 1})
    for (Part& part : parts) {
      if (size_of(part.tensor.dtype()) != size) continue;
      part.begin = at;
      part.end = at += static_cast<std::uint64_t>(part.tensor.count()) * size;
    }
  return parts;
}

std::string quoted(const std::string& value, std::string_view what) {
  const auto json = json_text(value);
  if (!json)
    raise(who, ": found ", what, ' ', shown_name(value), ", expected text in UTF-8; rename it");
  return *json;
}

// Not by a stream, which would write 1000 as 1,000 where the program's locale does.
std::string numbers(const auto& list) {
  std::string out = "[";
  for (const auto number : list) {
    if (out.size() > 1) out += ',';
    out += std::to_string(number);
  }
  out += ']';
  return out;
}

std::string metadata_json(const StateDict& state, const SaveOptions& options) {
  std::string out;
  auto add = [&out](const std::string& key, const std::string& value) {
    out += text(out.empty() ? "" : ",", quoted(key, "the name"), ':',
                quoted(value, "in the metadata"));
  };
  for (const auto& [key, value] : options.metadata) {
    if (key.starts_with(metadata_prefix))
      raise(who, ": found the key ", shown_name(key), " in the metadata, expected one that does",
            " not begin with \"", metadata_prefix, "\", as those of the state do");
    add(key, value);
  }
  for (const auto& entry : state)
    if (!std::holds_alternative<Tensor>(entry.second)) std::apply(add, to_metadata(entry));
  return out;
}

std::string header_of(const StateDict& state, const std::vector<Part>& parts,
                      const SaveOptions& options) {
  std::string json = metadata_json(state, options);
  if (!json.empty()) json = text("\"__metadata__\":{", json, '}');
  for (const Part& part : parts) {
    if (part.name == "__metadata__")
      raise(who, ": found a tensor named __metadata__, which the format uses itself; rename it");
    if (!json.empty()) json += ',';
    json += quoted(part.name, "the name") + R"(:{"dtype":")";
    json += safetensors_name(part.tensor.dtype());
    json += R"(","shape":)" + numbers(part.tensor.shape());
    json += R"(,"data_offsets":)" + numbers(std::array{part.begin, part.end}) + '}';
  }
  json = text('{', json, '}');
  json.resize((json.size() + 7) / 8 * 8, ' ');
  if (json.size() > most_header_bytes)
    raise(who, ": found ", parts.size(), " tensors, whose header takes ", json.size(),
          " bytes, expected at most ", most_header_bytes, "; write several files");
  return json;
}

}  // namespace

void save(const std::filesystem::path& path, const StateDict& state, const SaveOptions& options) {
  std::vector<Part> parts = parts_of(state);
  const std::string header = header_of(state, parts, options);
  const auto size = static_cast<std::uint64_t>(header.size());
  NewFile file(path, std::string(who));
  file.write(&size, sizeof size);
  file.write(header.data(), header.size());
  std::ranges::sort(parts, {}, [](const Part& part) { return std::pair(part.begin, part.end); });
  for (const Part& part : parts) {
    const Tensor here = part.tensor.to(Device::cpu()).contiguous();
    file.write(here.raw(), part.end - part.begin);
  }
  file.publish();
}

}  // namespace tutti::io
