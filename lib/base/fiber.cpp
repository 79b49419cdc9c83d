#include "base/fiber.h"

#include <cxxabi.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#include "tutti/base/error.h"

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>  // declares the other one's functions too: first
#else
#define __tsan_get_current_fiber() nullptr
#define __tsan_create_fiber(flags) nullptr
#define __tsan_destroy_fiber(fiber) ((void)(fiber))
#define __tsan_switch_to_fiber(fiber, flags) ((void)(fiber))
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#else
#define __sanitizer_start_switch_fiber(save, stack, bytes) \
  ((void)(save), (void)(stack), (void)(bytes))
#define __sanitizer_finish_switch_fiber(save, stack, bytes) \
  ((void)(save), (void)(stack), (void)(bytes))
#endif

namespace tutti {
namespace {

// Address space; memory is what has been touched of it. The lowest page stays closed.
constexpr std::size_t stack_bytes = std::size_t{512} << 10;
constexpr std::size_t guard_bytes = 4096;

}  // namespace

void Fiber::Exceptions::swap_with_thread() {
  auto* current = reinterpret_cast<std::byte*>(abi::__cxa_get_globals());
  std::array<std::byte, sizeof state> mine;
  std::memcpy(mine.data(), current, sizeof mine);
  std::memcpy(current, state.data(), sizeof mine);
  state = mine;
}

Fiber::Fiber(std::function<void()> body) : body_(std::move(body)) {
  stack_ = mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (stack_ == MAP_FAILED || mprotect(stack_, guard_bytes, PROT_NONE) != 0)
    raise("fiber: found no memory for another stack (", std::strerror(errno),
          "); simulate fewer ranks or raise vm.max_map_count");
  inside_.prepare(stack_, stack_bytes, &Fiber::enter, this);
  tsan_inside_ = __tsan_create_fiber(0);
}

Fiber::~Fiber() {
  __tsan_destroy_fiber(tsan_inside_);
  munmap(stack_, stack_bytes);
}

void Fiber::enter(void* fiber) {
  auto* self = static_cast<Fiber*>(fiber);
  __sanitizer_finish_switch_fiber(nullptr, &self->outside_stack_, &self->outside_bytes_);
  self->body_();
  self->ended_ = true;
  __tsan_switch_to_fiber(self->tsan_outside_, 0);
  __sanitizer_start_switch_fiber(nullptr, self->outside_stack_, self->outside_bytes_);
  self->inside_.leave_for(self->outside_);
}

void Fiber::resume() {
  exceptions_.swap_with_thread();
  tsan_outside_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(tsan_inside_, 0);
  __sanitizer_start_switch_fiber(&asan_outside_, stack_, stack_bytes);
  outside_.leave_for(inside_);
  __sanitizer_finish_switch_fiber(asan_outside_, nullptr, nullptr);
  exceptions_.swap_with_thread();
}

void Fiber::pause() {
  __tsan_switch_to_fiber(tsan_outside_, 0);
  __sanitizer_start_switch_fiber(&asan_inside_, outside_stack_, outside_bytes_);
  inside_.leave_for(outside_);
  __sanitizer_finish_switch_fiber(asan_inside_, &outside_stack_, &outside_bytes_);
}

}  // namespace tutti
