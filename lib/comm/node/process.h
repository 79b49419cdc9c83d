// Who a process is, also to those who see other process numbers, and whether it lives.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace tutti {

/// Trivially copyable.
struct ProcessId {
  std::uint64_t token = 0;  ///< random, one a process
  ino_t numbers = 0;        ///< the PID namespace in which `pid` counts
  pid_t pid = 0;
  static ProcessId self();
  bool is_self() const { return token == self().token; }
  /// "alive", "alive but stopped (...)", "dead", ...: what this machine knows about it.
  std::string state() const;
};

/// This machine's.
std::string host_name();

/// Processes that are watched, each by one file for all communicators. Thread-safe.
class Processes {
 public:
  Processes() = default;
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;
  ~Processes();

  /// From now on has_ended() tells about it, where the kernel allows it to be watched from here.
  void watch(const ProcessId& process);
  bool has_ended(const ProcessId& process);

 private:
  std::mutex mutex_;
  std::map<std::uint64_t, int> files_;  ///< by token: a pidfd, or -1
};

}  // namespace tutti
