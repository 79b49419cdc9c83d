// A module's values from a file that may have been written by others.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tutti/nn/module.h"

namespace tutti::io {

/// What an entry of the file is called in the module; an empty name leaves it out.
using Rename = std::function<std::string(const std::string& name)>;

/// Renames what `names` lists and leaves all else as it is.
Rename renamed(std::map<std::string, std::string> names);

struct LoadIntoOptions {
  Rename rename{};
  /// Patterns (* stands for any characters, ? for one) of names in the module whose last two axes
  /// are the other way round in the file. Error where one fits nothing.
  std::vector<std::string> transpose{};
  /// Load what both have. Else each must have what the other has.
  bool partial = false;
};

struct LoadReport {
  std::vector<std::string> missing;  ///< in the file: these kept their values
  std::vector<std::string> surplus;  ///< in the file, by their names in the module: not read
};

/// Gives a module the values of a safetensors file, by Module::load_state_dict(): dtypes must be
/// those that parameters have already; the seed of the random layers is kept where the file has
/// none, as those of others. Entries whose last name is num_batches_tracked, as PyTorch's BatchNorm
/// writes them, are passed over and not reported, unless they are buffers of the module. GPT-2 as
/// published, whose weights stand the other way round:
///
///   io::load_into(model, "model.safetensors",
///                 {.rename = [](const std::string& name) {
///                    return name.ends_with(".attn.bias") ? "" : name;  // a mask
///                  },
///                  .transpose = {"*.c_attn.weight", "*.c_proj.weight", "*.c_fc.weight"}});
///
/// Local: every rank calls it, or one before DataParallel is made (or before its broadcast()).
/// With `partial` the module must have values. Error naming the file and all that does not fit, for
/// two entries that get one name, and where nothing fits at all; nothing has changed then. The
/// report is empty unless options.partial.
LoadReport load_into(nn::Module& module, const std::filesystem::path& path,
                     const LoadIntoOptions& options = {});

}  // namespace tutti::io
