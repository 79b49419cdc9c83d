// Whether ops on Variables are recorded.
#pragma once

namespace tutti {

/// True unless a NoGrad lives on this thread.
bool grad_enabled();

/// While it lives, this thread records no ops: results have no gradient and keep no inputs.
class NoGrad {
 public:
  NoGrad();
  ~NoGrad();
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;

 private:
  bool before_;
};

}  // namespace tutti
