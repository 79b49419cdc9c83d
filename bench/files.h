// The files that a command writes at its end.
#pragma once

#include <initializer_list>
#include <string>

#include "tutti/comm/communicator.h"

namespace tutti::bench {

/// Collective, before it has taken long: Error on all ranks when rank 0 cannot write one of the
/// files. Empty names stand for none.
void require_writable(const Communicator& world, std::initializer_list<std::string> paths);

/// Error when the file cannot be written.
void write_file(const std::string& path, const std::string& contents);

}  // namespace tutti::bench
