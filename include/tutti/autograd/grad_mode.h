// Whether ops on Variables are recorded.
#pragma once

namespace tutti {

/// True unless the innermost of this thread's scopes is a NoGrad.
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

/// While it lives, this thread records ops, also within a NoGrad.
class WithGrad {
 public:
  WithGrad();
  ~WithGrad();
  WithGrad(const WithGrad&) = delete;
  WithGrad& operator=(const WithGrad&) = delete;

 private:
  bool before_;
};

}  // namespace tutti
