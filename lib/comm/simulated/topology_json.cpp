#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>

#include "tutti/base/error.h"
#include "tutti/comm/topology.h"

namespace tutti {
namespace {

using Json = nlohmann::json;

// One object of the file.
class Fields {
 public:
  Fields(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object_.is_object())
      raise(where_, ": found ", object_.type_name(), ", expected an object");
  }

  bool has(const char* name) const { return object_.contains(name); }
  /// Reads a field that may be missing.
  template <class T>
  void read(const char* name, T& to) const {
    if (!has(name)) return;
    try {
      object_.at(name).get_to(to);
    } catch (const Json::exception&) {
      raise(where_, ": found ", object_.at(name).dump(), " for \"", name,
            "\", expected a value of another type");
    }
  }
  /// The same for a whole number, which must not be rounded or wrapped into its type.
  template <class T>
  void read_count(const char* name, T& to) const {
    if (!has(name)) return;
    const Json& value = object_.at(name);
    const auto most = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most)
      raise(where_, ": found ", value.dump(), " for \"", name,
            "\", expected a whole number from 0 to ", most);
    to = value.get<T>();
  }
  /// A misspelt field must not go unnoticed.
  void require_known(std::initializer_list<std::string_view> names) const {
    for (const auto& [name, value] : object_.items())
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        std::string known;
        for (std::string_view one : names) known += text(" ", one);
        raise(where_, ": found the field \"", name, "\", expected one of", known);
      }
  }

 private:
  const Json& object_;
  std::string where_;
};

Topology::Level level_from(const Json& json, const std::vector<Topology::Level>& below,
                           const std::string& where) {
  const Fields fields(json, where);
  fields.require_known(
      {"name", "members", "latency", "bandwidth", "tapering", "shared", "capacity", "pace"});
  Topology::Level level;
  fields.read("name", level.name);
  fields.read_count("members", level.members);
  fields.read("latency", level.latency);
  fields.read("bandwidth", level.bandwidth);
  fields.read("shared", level.shared);
  fields.read("capacity", level.capacity);
  std::vector<std::array<double, 3>> pace;
  fields.read("pace", pace);
  for (const auto& [bytes, alone, crossed] : pace) level.pace.push_back({bytes, alone, crossed});
  if (!fields.has("tapering")) return level;
  double tapering = 1;
  fields.read("tapering", tapering);
  if (below.empty() || fields.has("bandwidth") || !(tapering > 0))
    raise(where, ": found \"tapering\": ", tapering,
          ", expected a positive number, at a level above the first and without \"bandwidth\"");
  level.bandwidth = below.back().members * below.back().bandwidth / tapering;
  return level;
}

}  // namespace

Topology Topology::from_json(std::string_view json, std::string_view source) {
  Json parsed;
  try {
    parsed = Json::parse(json);
  } catch (const Json::exception& e) {
    raise(source, ": found no JSON (", e.what(), "), expected the description of a topology");
  }
  const Fields fields(parsed, std::string(source));
  fields.require_known({"name", "description", "levels", "call", "combining", "overhead",
                        "eager_bytes", "reduction"});
  Topology topology;
  fields.read("overhead", topology.overhead);
  fields.read_count("eager_bytes", topology.eager_bytes);
  fields.read("reduction", topology.reduction);
  fields.read("call", topology.call);
  std::vector<std::array<double, 2>> combining;
  fields.read("combining", combining);
  for (const auto& [bytes, seconds] : combining) topology.combining.push_back({bytes, seconds});
  if (!fields.has("levels") || !parsed["levels"].is_array())
    raise(source, ": found no array \"levels\", expected the nodes at least");
  for (const Json& level : parsed["levels"])
    topology.levels.push_back(
        level_from(level, topology.levels, text(source, ", level ", topology.levels.size())));
  topology.require_fit(1);
  return topology;
}

Topology Topology::from_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file) raise(path, ": found no file that can be read, expected the JSON of a topology");
  return from_json(content.str(), path);
}

}  // namespace tutti
