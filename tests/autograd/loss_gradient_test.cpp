// Gradients of losses, and theirs, against central differences in f64.
#include "support/gradient_check.h"
#include "tutti/nn/loss.h"

using namespace tutti;
using namespace tutti::test;

namespace {

Tensor labels_of(const std::vector<std::int64_t>& labels) {
  return Tensor::from(labels, {static_cast<std::int64_t>(labels.size())}, device);
}

}  // namespace

TEST_CASE("gradients of losses") {
  device = TUTTI_EACH_DEVICE;
  auto check_pair = [](auto loss) {
    check_gradients([=](const Inputs& x) { return loss(x[0], x[1]); },
                    {input({2, 3}, -2, 2), input({2, 3}, 0.1, 0.9, 2)});
  };
  check_pair([](auto& x, auto& t) { return nn::mse_loss(x, t, LossReduction::sum); });
  check_pair([](auto& x, auto& t) { return nn::l1_loss(x, t) * sum(x); });
  check_pair([](auto& x, auto& t) { return nn::huber_loss(x, t, {.delta = 0.8}); });
  check_pair([](auto& x, auto& t) { return nn::smooth_l1_loss(x, t, {.beta = 0.8}); });
  check_pair([](auto& x, auto& t) { return nn::bce_with_logits(x, t); });
  check_pair([](auto& x, auto& t) { return nn::kl_div(x, t); });
  check_pair([](auto& x, auto& t) { return nn::kl_div(x, t, {.log_target = true}); });
  check_pair([](auto& x, auto& t) { return nn::cosine_similarity(x, t, -1); });
  check_pair([](auto& x, auto& t) {
    return nn::cosine_embedding_loss(x, t, labels_of({1, -1}), {.margin = -0.9});
  });
  Tensor weights = Tensor::from(std::vector<double>{0.5, 2, 1}, {3}, device);
  check_gradients(
      [=](const Inputs& x) {
        return nn::nll_loss(sin(x[0]), labels_of({2, -100, 0}), {.weights = weights});
      },
      {input({3, 3})});
}
