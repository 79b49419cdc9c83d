// The weights that a sample starts from and those that it leaves behind.
#pragma once

#include <tutti/tutti.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <map>
#include <string>

namespace samples {

struct ModelFiles {
  std::string load, save;
};

/// What a file's model must have been trained with, by name: the characters of a vocabulary.
using Facts = std::map<std::string, std::string>;

inline void add_model_files(CLI::App& app, ModelFiles& files) {
  app.add_option("--load", files.load, "safetensors file of weights to start from");
  app.add_option("--save", files.save, "safetensors file for the weights at the end");
}

/// Collective: rank 0 reads the file of --load, if there is one, and all ranks take what it says.
/// `model` has values, and has not been wrapped. Error where --save is given and its folder takes
/// no file: better now than at the end.
inline void load_model(tutti::Communicator& world, const ModelFiles& files, tutti::nn::Module model,
                       const Facts& facts = {}) {
  using namespace tutti;
  if (world.rank() == 0 && !files.save.empty()) {
    const std::filesystem::path file = std::filesystem::absolute(files.save);
    const std::filesystem::path folder = file.parent_path();
    if (!file.has_filename() || is_directory(file))
      raise("--save ", files.save, ": found a folder, expected the name of a file");
    if (access(folder.c_str(), W_OK) != 0)
      raise("--save ", files.save, ": found no folder ", folder.string(),
            " that takes files; make it, or choose another");
  }
  if (files.load.empty()) return;
  if (world.rank() == 0) {
    const io::SafetensorsFile file(files.load);
    for (const auto& [name, fact] : facts)
      if (file.values().contains(name) && file.values().at<std::string>(name) != fact)
        raise("--load ", files.load, ": found a model of other ", name,
              " than this run has; train and load with the same ones");
    io::load_into(model, files.load, {.rename = [&facts](const std::string& name) {
                    return facts.contains(name) ? std::string() : name;
                  }});
  }
  parallel::broadcast_values(world, model);
}

/// Rank 0 writes the file of --save, if there is one. Not collective.
inline void save_model(tutti::Communicator& world, const ModelFiles& files,
                       const tutti::nn::Module& model, const Facts& facts = {}) {
  if (world.rank() != 0 || files.save.empty()) return;
  tutti::StateDict state = model.state_dict();
  for (const auto& [name, fact] : facts) state.set(name, fact);
  tutti::io::save(files.save, state);
}

}  // namespace samples
