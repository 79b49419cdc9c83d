// Whole files in memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace tutti::data {

using Bytes = std::vector<std::uint8_t>;

/// All of a file. Error naming `who` and the file where it cannot be read.
Bytes read_file(const std::filesystem::path& path, std::string_view who);

/// What gzip packed into `bytes`, which came from `path`; `bytes` themselves when they do not start
/// as gzip does. Error with the offset for a stream that is cut, damaged or followed by other
/// bytes. Source: RFC 1952.
Bytes gunzip(Bytes bytes, const std::filesystem::path& path, std::string_view who);

}  // namespace tutti::data
