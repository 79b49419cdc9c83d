#include "tutti/io/safetensors_file.h"

#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "base/mapped_file.h"
#include "safetensors_dtype.h"
#include "safetensors_header.h"
#include "shown_name.h"
#include "state_metadata.h"

namespace tutti::io {
namespace {

constexpr std::string_view who = "io::SafetensorsFile";

std::string who_of(const std::filesystem::path& path) {
  return text(who, ": ", path.string());
}

}  // namespace

struct SafetensorsFile::State {
  std::filesystem::path path;
  std::shared_ptr<MappedFile> file;
  SafetensorsHeader header;
  // Made once, so that writes to one of them are counted for all; empty where one must be copied.
  std::vector<Tensor> views;
  StateDict values;
  std::map<std::string, std::string> metadata;

  std::span<std::byte> bytes_of(const SafetensorsEntry& entry) const {
    return file->bytes().subspan(entry.begin, entry.end - entry.begin);
  }
  Tensor view(const SafetensorsEntry& entry) const {
    const std::optional<Dtype> dtype = dtype_from(entry.dtype);
    const auto bytes = bytes_of(entry);
    if (!dtype || bytes.empty() || address(bytes) % size_of(*dtype) != 0) return {};
    const Block block{bytes.data(), bytes.size(), Dtype::u8, {}};
    return Tensor::over(Buffer::adopt(block, file, Device::cpu()), 0, entry.shape, *dtype);
  }
  static std::uintptr_t address(std::span<std::byte> bytes) {
    return reinterpret_cast<std::uintptr_t>(bytes.data());
  }
};

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) {
  auto state = std::make_shared<State>();
  state->path = path;
  state->file = std::make_shared<MappedFile>(path, who);
  state->header = read_header(state->file->bytes(), who_of(path));
  for (auto& [key, value] : std::exchange(state->header.metadata, {})) {
    auto entry = from_metadata(key, value, who_of(path));
    if (!entry) {
      state->metadata.emplace(std::move(key), std::move(value));
      continue;
    }
    if (state->values.contains(entry->first) || state->header.index.contains(entry->first))
      raise(who_of(path), ": found ", shown_name(entry->first),
            " twice, among tensors or the metadata's tutti.*, expected each name once");
    state->values.set(std::move(entry->first), std::move(entry->second));
  }
  for (const SafetensorsEntry& entry : state->header.entries)
    state->views.push_back(state->view(entry));
  state_ = std::move(state);
}

const std::filesystem::path& SafetensorsFile::path() const {
  return state_->path;
}

const std::vector<SafetensorsEntry>& SafetensorsFile::entries() const {
  return state_->header.entries;
}

std::vector<std::string> SafetensorsFile::names() const {
  std::vector<std::string> names;
  for (const SafetensorsEntry& entry : entries()) names.push_back(entry.name);
  return names;
}

bool SafetensorsFile::contains(std::string_view name) const {
  return state_->header.index.contains(name);
}

const SafetensorsEntry& SafetensorsFile::at(std::string_view name) const {
  const auto found = state_->header.index.find(name);
  if (found == state_->header.index.end())
    raise(who_of(path()), ": found no tensor ", shown_name(name), " among ", entries().size(),
          "; names() lists them");
  return entries()[found->second];
}

Tensor SafetensorsFile::tensor(std::string_view name) const {
  const SafetensorsEntry& entry = at(name);
  const std::optional<Dtype> dtype = dtype_from(entry.dtype);
  if (!dtype)
    raise(who_of(path()), ": tensor ", shown_name(name), ": found dtype ", entry.dtype,
          ", expected one of F64 F32 F16 BF16 I64 I32 U8");
  if (const Tensor& view = state_->views[state_->header.index.find(name)->second]) return view;
  const auto bytes = state_->bytes_of(entry);
  Tensor copy(entry.shape, *dtype, Device::cpu());
  if (!bytes.empty()) std::memcpy(copy.mutable_raw(), bytes.data(), bytes.size());
  return copy;
}

const StateDict& SafetensorsFile::values() const {
  return state_->values;
}

const std::map<std::string, std::string>& SafetensorsFile::metadata() const {
  return state_->metadata;
}

}  // namespace tutti::io
