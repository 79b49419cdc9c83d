#include "comm/node/mapping.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace tutti {

void populate([[maybe_unused]] std::byte* begin, [[maybe_unused]] std::size_t bytes) {
#if defined(MADV_POPULATE_WRITE)
  madvise(begin, bytes, MADV_POPULATE_WRITE);
#endif
}

bool Mapping::map(int file, std::size_t bytes) {
  void* place = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (place == MAP_FAILED) return false;
  data_ = static_cast<std::byte*>(place);
  bytes_ = bytes;
  madvise(data_, bytes_, MADV_HUGEPAGE);  // where the kernel offers them to shared memory
  return true;
}

std::shared_ptr<Mapping> Mapping::create(Kind kind, std::size_t bytes) {
  std::shared_ptr<Mapping> mapping(new Mapping);
  while (mapping->token_ == 0)
    if (getrandom(&mapping->token_, sizeof mapping->token_, 0) != sizeof mapping->token_)
      return nullptr;
  if (kind == Kind::memfd) {
    mapping->file_ = memfd_create("tutti", MFD_CLOEXEC);
  } else {
    std::snprintf(mapping->name_, sizeof mapping->name_, "/tutti-%016llx",
                  static_cast<unsigned long long>(mapping->token_));
    mapping->file_ = shm_open(mapping->name_, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (mapping->file_ < 0) mapping->name_[0] = '\0';
  }
  const auto size = static_cast<off_t>(bytes);
  if (mapping->file_ < 0 || ftruncate(mapping->file_, size) != 0) return nullptr;
  // A full /dev/shm would otherwise end us by SIGBUS at the first touch.
  if (kind == Kind::posix && posix_fallocate(mapping->file_, 0, size) != 0) return nullptr;
  if (!mapping->map(mapping->file_, bytes)) return nullptr;
  std::memcpy(mapping->data_, &mapping->token_, sizeof mapping->token_);
  return mapping;
}

std::shared_ptr<Mapping> Mapping::open(const MappingTicket& ticket) {
  if (ticket.token == 0) return nullptr;
  if (ticket.process.is_self()) return *static_cast<const std::shared_ptr<Mapping>*>(ticket.owner);
  std::shared_ptr<Mapping> mapping(new Mapping);
  if (ticket.name[0] != '\0') {
    mapping->file_ = shm_open(ticket.name, O_RDWR | O_CLOEXEC, 0);
  } else {
    char path[64];
    std::snprintf(path, sizeof path, "/proc/%d/fd/%d", static_cast<int>(ticket.process.pid),
                  ticket.file);
    mapping->file_ = ::open(path, O_RDWR | O_CLOEXEC);
  }
  if (mapping->file_ < 0) return nullptr;
  // In another PID namespace the number may be somebody else's.
  const off_t size = lseek(mapping->file_, 0, SEEK_END);
  if (size != static_cast<off_t>(ticket.bytes) || !mapping->map(mapping->file_, ticket.bytes))
    return nullptr;
  if (std::memcmp(mapping->data_, &ticket.token, sizeof ticket.token) != 0) return nullptr;
  mapping->close();
  return mapping;
}

MappingTicket Mapping::ticket(const std::shared_ptr<Mapping>& self) const {
  MappingTicket ticket{token_, bytes_, ProcessId::self(), file_, {}, &self};
  std::memcpy(ticket.name, name_, sizeof name_);
  return ticket;
}

void Mapping::close() {
  if (file_ >= 0) ::close(file_);
  if (name_[0] != '\0') shm_unlink(name_);
  file_ = -1;
  name_[0] = '\0';
}

Mapping::~Mapping() {
  close();
  if (data_) munmap(data_, bytes_);
}

}  // namespace tutti
