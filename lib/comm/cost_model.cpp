#include "tutti/comm/cost_model.h"

#include <algorithm>
#include <cmath>

namespace tutti {

double CostCurve::seconds(int steps, std::size_t bytes) const {
  const auto found = std::ranges::lower_bound(cost_classes, bytes);
  const auto above = static_cast<std::size_t>(found - cost_classes.begin());
  const auto size_at = [](std::size_t k) { return static_cast<double>(cost_classes[k]); };
  const auto size = static_cast<double>(bytes);
  double seconds;
  if (above == 0 || above == cost_classes.size()) {
    const std::size_t nearest = above == 0 ? 0 : above - 1;
    seconds = moving[nearest] * (size / size_at(nearest));
  } else {
    const double weight = (size - size_at(above - 1)) / (size_at(above) - size_at(above - 1));
    seconds = std::lerp(moving[above - 1], moving[above], weight);
  }
  return per_step * steps + seconds;
}

CostModel default_cost_model() {
  CostModel model;
  const auto set = [&](Medium medium, double per_step, double per_byte) {
    model[medium].per_step = per_step;
    std::ranges::transform(cost_classes, model[medium].moving.begin(), [&](std::size_t bytes) {
      return per_byte * static_cast<double>(bytes);
    });
  };
  set(Medium::messages, 2e-6, 4e-10);
  set(Medium::slots, 2e-7, 5e-10);
  set(Medium::rooms, 3e-7, 1e-10);
  set(Medium::symmetric, 3e-7, 5e-11);
  set(Medium::cross_memory, 3e-6, 2e-10);
  return model;
}

}  // namespace tutti
