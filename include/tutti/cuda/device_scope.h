// Which CUDA device a call works on.
#pragma once

namespace tutti::cuda {

/// Makes `device` the calling thread's current CUDA device, and the former one again at the end.
class DeviceScope {
 public:
  explicit DeviceScope(int device);
  ~DeviceScope();
  DeviceScope(const DeviceScope&) = delete;
  DeviceScope& operator=(const DeviceScope&) = delete;

 private:
  int before_ = 0;
};

/// Error naming `who` when the last kernel launch of this thread was refused.
void check_launch(const char* who);

}  // namespace tutti::cuda
