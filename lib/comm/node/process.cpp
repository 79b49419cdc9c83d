#include "comm/node/process.h"

#include <poll.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tutti {

ProcessId ProcessId::self() {
  static const ProcessId id = [] {
    ProcessId made;
    while (getrandom(&made.token, sizeof made.token, 0) != sizeof made.token) continue;
    struct stat numbers {};
    if (stat("/proc/self/ns/pid", &numbers) == 0) made.numbers = numbers.st_ino;
    made.pid = getpid();
    return made;
  }();
  return id;
}

Processes::~Processes() {
  for (const auto& [token, file] : files_)
    if (file >= 0) close(file);
}

void Processes::watch(const ProcessId& process) {
  if (process.is_self() || process.numbers != ProcessId::self().numbers) return;
  std::lock_guard lock(mutex_);
  const auto [known, is_new] = files_.emplace(process.token, -1);
#if defined(SYS_pidfd_open)
  if (is_new) known->second = static_cast<int>(syscall(SYS_pidfd_open, process.pid, 0));
#endif
}

bool Processes::has_ended(const ProcessId& process) {
  std::lock_guard lock(mutex_);
  const auto known = files_.find(process.token);
  if (known == files_.end() || known->second < 0) return false;
  pollfd file{known->second, POLLIN, 0};
  return poll(&file, 1, 0) == 1;
}

}  // namespace tutti
