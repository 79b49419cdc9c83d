// Looks now and then whether all ranks hold the same parameters.
#pragma once

#include <source_location>

#include "tutti/autograd/variable.h"
#include "tutti/comm/all_reduce.h"

namespace tutti::parallel {

/// Compares hashes of parameters, in the background.
class AgreementCheck {
 public:
  /// Collective: hashes the values, and starts to compare them with other ranks'.
  void start(Communicator& communicator, const std::vector<Parameter>& parameters,
             const CallLabel& label, const std::source_location& site);
  /// Blocks until a comparison that was started is done. Error on every rank that names the first
  /// parameter that differs among ranks.
  void finish(const std::vector<Parameter>& parameters, std::uint64_t step);

 private:
  // Of each parameter the hash and its complement: the maximum of one is where no rank has more,
  // that of the other where none has less.
  std::shared_ptr<std::vector<std::int64_t>> hashes_;
  Work work_;
};

}  // namespace tutti::parallel
