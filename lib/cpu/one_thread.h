// Keeps a library that shares work out by OpenMP itself to the calling thread.
#pragma once

#include "tutti/base/parallel_for.h"

namespace tutti::cpu {

/// While one lives: here tiles are what is shared out.
class OneThread {
 public:
  OneThread() : before_(thread_count()) {
    if (before_ > 1) set_thread_count(1);
  }
  ~OneThread() {
    if (before_ > 1) set_thread_count(before_);
  }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

}  // namespace tutti::cpu
