// Whole files in memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace tutti::data {

using Bytes = std::vector<std::uint8_t>;

/// All of a file. Error naming `who` and the file where it cannot be read.
Bytes read_file(const std::filesystem::path& path, std::string_view who);

/// Writes a file of these parts, whole or not at all, in place of what was there. Error naming
/// `who` and the file.
void write_file(const std::filesystem::path& path, std::initializer_list<std::string_view> parts,
                std::string_view who);

/// What gzip packed into `bytes`, which came from `path`; `bytes` themselves when they do not start
/// as gzip does. Error with the offset for a stream that is cut, damaged or followed by other
/// bytes. Source: RFC 1952.
Bytes gunzip(Bytes bytes, const std::filesystem::path& path, std::string_view who);

}  // namespace tutti::data
