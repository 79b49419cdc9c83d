#include "tutti/io/safetensors.h"
#include "tutti/io/safetensors_file.h"

namespace tutti::io {

StateDict load(const std::filesystem::path& path) {
  const SafetensorsFile file(path);
  StateDict state;
  for (const SafetensorsEntry& entry : file.entries()) {
    if (entry.name.empty())
      raise("io::load: ", path.string(),
            ": found a tensor whose name is empty, which no StateDict holds; SafetensorsFile reads",
            " it");
    state.set(entry.name, file.tensor(entry.name));
  }
  state.insert("", file.values());
  return state;
}

}  // namespace tutti::io
