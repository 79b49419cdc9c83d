// How the integers, numbers and texts of a StateDict travel in a file's metadata, which holds texts
// alone: see tutti/io/safetensors.h.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "tutti/tensor/state_dict.h"

namespace tutti::io {

/// What keys of ours begin with.
inline constexpr std::string_view metadata_prefix = "tutti.";

/// Key and text for an entry that is no tensor.
std::pair<std::string, std::string> to_metadata(const StateDict::Entry& entry);

/// The entry; nothing where the key is none of ours. Error beginning with `who` where the text does
/// not fit.
std::optional<StateDict::Entry> from_metadata(const std::string& key, const std::string& value,
                                              const std::string& who);

/// `value` as JSON writes it; nothing where it is not UTF-8.
std::optional<std::string> json_text(const std::string& value);

}  // namespace tutti::io
