// After warm-up a training step asks the system for no buffer memory and faults no page.
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <functional>

#include "support/catch.h"
#include "tutti/comm/threads.h"
#include "tutti/nn/conv2d.h"
#include "tutti/nn/gpt.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/loss.h"
#include "tutti/nn/pooling.h"
#include "tutti/nn/sequential.h"
#include "tutti/nn/stateless.h"
#include "tutti/optim/adam.h"
#include "tutti/optim/clip.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool own_memory_only = false;
#else
constexpr bool own_memory_only = true;
#endif

long page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt + usage.ru_majflt;
}

// `step` is one of a training whose buffers come from `device`.
void check_steady(const Device& device, const std::function<void()>& step) {
  // What oneDNN asks malloc for in each product may lie at the top of an arena: it shall stay ours.
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  for (int i = 0; i < 10; ++i) step();
  auto before = device.allocator().statistics();
  // The threads' interleaving may raise the most small objects ever alive at once, and with it the
  // top of a malloc arena, by a page now and then; a step that faults does so in every window.
  constexpr int windows = 5;
  constexpr int window_steps = 20;
  long faulted = page_faults();
  for (int window = 0; window < windows && faulted != 0; ++window) {
    long start = page_faults();
    for (int i = 0; i < window_steps; ++i) step();
    faulted = std::min(faulted, page_faults() - start);
  }
  auto after = device.allocator().statistics();
  CHECK(after.source_calls == before.source_calls);
  CHECK(after.source_bytes == before.source_bytes);
  CHECK(after.live_bytes == before.live_bytes);
  if (own_memory_only)
    CHECK(faulted == 0);
  else
    WARN("skipped the page faults: a sanitizer's own memory grows as the program runs");
}

}  // namespace

TEST_CASE("the steady state allocates no buffer and faults no page", "[steady]") {
  run_threads(1, [](Communicator& world) {
    Device device;
    nn::Sequential model(nn::Conv2d(1, 32, 3), nn::ReLU(), nn::MaxPool2d(2), nn::Conv2d(32, 64, 3),
                         nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(), nn::Linear(1600, 10));
    model.initialise(1, device);
    parallel::DataParallel parallel_model(world, model);
    optim::Adam adam(model.parameters());
    Tensor images = Tensor::full({64, 1, 28, 28}, 0.5, Dtype::f32, device);
    Tensor labels = Tensor::zeros({64}, Dtype::i64, device);
    check_steady(device, [&] {
      nn::cross_entropy(parallel_model(images), labels).backward();
      adam.step();
      adam.zero_grad();
    });
  });
}

TEST_CASE("neither does that of a language model", "[steady]") {
  run_threads(1, [](Communicator& world) {
    Device device;
    nn::Gpt model({.vocabulary = 65, .context = 32, .width = 32, .heads = 2, .layers = 2});
    model.initialise(1, device);
    parallel::DataParallel parallel_model(world, model);
    optim::AdamW adam(model.parameters());
    const std::vector<Parameter> parameters = model.parameters();
    Tensor tokens = Tensor::full({4, 32}, 7, Dtype::i64, device);
    Tensor targets = Tensor::full({4, 32}, 8, Dtype::i64, device);
    check_steady(device, [&] {
      nn::cross_entropy(parallel_model(tokens), targets).backward();
      optim::clip_grad_norm(parameters, 1);
      adam.step();
      adam.zero_grad();
    });
  });
}
