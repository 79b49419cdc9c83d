#include "tutti/io/load_into.h"

#include <fnmatch.h>

#include <algorithm>
#include <map>
#include <utility>

#include "nn/state_names.h"
#include "shown_name.h"
#include "tutti/io/safetensors_file.h"

namespace tutti::io {
namespace {

constexpr std::string_view who = "io::load_into";

struct Entry {
  std::string name;  // in the file
  bool is_tensor;
};

// PyTorch's BatchNorm counts batches for its cumulative average (momentum=None) alone.
bool is_batch_count(const std::string& name) {
  constexpr std::string_view last = "num_batches_tracked";
  return name == last || name.ends_with(text('.', last));
}

// The file's entries in their order, by their names in the module; those left out are not there.
std::vector<std::pair<std::string, Entry>> entries_of(const SafetensorsFile& file,
                                                      const Rename& rename) {
  std::vector<std::pair<std::string, Entry>> out;
  std::map<std::string, std::string> taken;
  auto add = [&](const std::string& name, bool is_tensor) {
    std::string given = rename ? rename(name) : name;
    if (name.empty() && !rename)
      raise(who, ": ", file.path().string(), ": found a tensor whose name is empty, expected a ",
            "path; options.rename can leave it out");
    if (given.empty()) return;
    const auto [before, is_new] = taken.emplace(given, name);
    if (!is_new)
      raise(who, ": ", file.path().string(), ": found ", shown_name(before->second), " and ",
            shown_name(name), " renamed to ", shown_name(given), ", expected a name for each");
    out.emplace_back(std::move(given), Entry{name, is_tensor});
  };
  for (const SafetensorsEntry& entry : file.entries()) add(entry.name, true);
  for (const auto& [name, value] : file.values()) add(name, false);
  return out;
}

// Exchanges the last two axes of tensors whose names fit one of the patterns.
class Transpose {
 public:
  Transpose(const std::vector<std::string>& patterns, std::string where)
      : where_(std::move(where)) {
    for (const std::string& pattern : patterns) patterns_.emplace_back(pattern, false);
  }

  Tensor operator()(const std::string& name, Tensor tensor) {
    bool wanted = false;
    for (auto& [pattern, used] : patterns_) {
      if (fnmatch(pattern.c_str(), name.c_str(), 0) != 0) continue;
      wanted = used = true;
    }
    if (!wanted) return tensor;
    if (tensor.rank() < 2)
      raise(where_, "found tensor ", shown_name(name), " of shape ", tensor.shape(),
            " to transpose, expected two axes or more");
    return tensor.transpose();
  }

  void require_used() const {
    for (const auto& [pattern, used] : patterns_)
      if (!used)
        raise(where_, "found no tensor whose name fits \"", pattern,
              "\" to transpose; names are those in the module");
  }

 private:
  std::string where_;
  std::vector<std::pair<std::string, bool>> patterns_;
};

}  // namespace

Rename renamed(std::map<std::string, std::string> names) {
  return [names = std::move(names)](const std::string& name) {
    const auto found = names.find(name);
    return found == names.end() ? name : found->second;
  };
}

LoadReport load_into(nn::Module& module, const std::filesystem::path& path,
                     const LoadIntoOptions& options) {
  const SafetensorsFile file(path);
  const std::string where = text(who, ": ", path.string(), ": ");
  Transpose transpose(options.transpose, where);
  LoadReport report;
  StateDict own, found;
  if (options.partial) own = module.state_dict();
  const std::vector<Parameter> buffers = module.buffers();
  for (const auto& [name, entry] : entries_of(file, options.rename)) {
    if (is_batch_count(name) && std::ranges::find(buffers, name, &Parameter::path) == buffers.end())
      continue;
    if (options.partial && !own.contains(name))
      report.surplus.push_back(name);
    else if (entry.is_tensor)
      found.set(name, transpose(name, file.tensor(entry.name)));
    else
      found.set(name, file.values().at(entry.name));
  }
  transpose.require_used();
  const auto is_tensor = [](const auto& entry) { return entry.second.index() == 0; };
  if (options.partial && std::ranges::none_of(found, is_tensor))
    raise(where, "found none of the tensors that ", module.type(), " has among ",
          file.entries().size(), ", expected one or more; options.rename may help");
  for (const auto& [name, value] : own) {
    if (found.contains(name)) continue;
    found.set(name, value);
    if (name != nn::seed_name) report.missing.push_back(name);
  }
  if (!found.contains(nn::seed_name))
    found.set(nn::seed_name, static_cast<std::int64_t>(module.seed()));
  try {
    module.load_state_dict(found);
  } catch (const Error& error) {
    raise(where, error.what(),
          options.partial ? ""
                          : "; LoadIntoOptions::rename gives entries the module's names, and "
                            ".partial = true loads what both have");
  }
  return report;
}

}  // namespace tutti::io
