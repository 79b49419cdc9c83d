// The table on the screen, in the columns of nccl-tests.
#pragma once

#include <iosfwd>

#include "benchmark.h"

namespace tutti::bench {

class Table {
 public:
  Table(std::ostream& out, const Communicator& world, const Collective& collective,
        const Options& options);
  void show(const Line& line);
  /// A line of its own, above those that follow.
  void note(std::string_view what);
  /// What stands below the table.
  void end(const std::vector<Row>& rows);

 private:
  std::ostream& out_;
  const Collective& collective_;
  const Options& options_;
};

/// "sum", or "none" where nothing is reduced.
std::string op_name(const Row& row);
/// "f32", or "none" where nothing is moved.
std::string dtype_name(const Row& row);

}  // namespace tutti::bench
