// The text that character models learn.
#pragma once

#include <tutti/tutti.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace samples {

/// The file that was named, else all headers and sources of the library in order of their paths.
inline tutti::data::Characters open_text(const std::string& file) {
  if (!file.empty()) return tutti::data::Characters::from_file(file);
  const std::filesystem::path root = TUTTI_SOURCE_DIR;
  if (!exists(root / "lib"))
    tutti::raise("found no sources of Tutti in ", root.string(), "; name a text by --data FILE");
  std::vector<std::filesystem::path> paths;
  for (const char* folder : {"include", "lib"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder))
      if (entry.path().extension() == ".h" || entry.path().extension() == ".cpp")
        paths.push_back(entry.path());
  std::ranges::sort(paths);
  std::string all;
  for (const auto& path : paths) {
    std::ifstream source(path, std::ios::binary);
    all.append(std::istreambuf_iterator<char>(source), {});
  }
  return tutti::data::Characters(all, "the sources of Tutti");
}

}  // namespace samples
