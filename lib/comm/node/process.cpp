#include "comm/node/process.h"

#include <poll.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>

#include "tutti/base/error.h"

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

std::string ProcessId::state() const {
  if (numbers != self().numbers) return "in another container";
  std::ifstream file(text("/proc/", pid, "/stat"));
  std::string line;
  std::getline(file, line);
  auto name_end = line.rfind(')');
  if (name_end == line.npos || name_end + 2 >= line.size()) return "gone";
  switch (line[name_end + 2]) {
    case 'T':
    case 't':
      return "alive but stopped (SIGSTOP, or a debugger)";
    case 'Z':
    case 'X':
      return "dead";
    case 'D':
      return "alive, waiting for the disk or another device";
    default:
      return "alive";
  }
}

std::string host_name() {
  char name[256] = "?";
  gethostname(name, sizeof name - 1);
  return name;
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
