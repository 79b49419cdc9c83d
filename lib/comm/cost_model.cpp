#include "tutti/comm/cost_model.h"

#include <algorithm>
#include <cmath>

namespace tutti {

double CostCurve::seconds(int steps, std::size_t bytes) const {
  std::size_t above = 0;
  while (above < cost_classes.size() && cost_classes[above] < bytes) ++above;
  double rate;
  if (above == 0 || above == cost_classes.size()) {
    rate = per_byte[std::min(above, cost_classes.size() - 1)];
  } else {
    const auto log = [](std::size_t x) { return std::log2(static_cast<double>(x)); };
    const double low = log(cost_classes[above - 1]), high = log(cost_classes[above]);
    const double weight = (log(bytes) - low) / (high - low);
    rate = (1 - weight) * per_byte[above - 1] + weight * per_byte[above];
  }
  return per_step * steps + rate * static_cast<double>(bytes);
}

CostModel default_cost_model() {
  CostModel model;
  const auto set = [&](Medium medium, double per_step, double per_byte) {
    model[medium].per_step = per_step;
    model[medium].per_byte.fill(per_byte);
  };
  set(Medium::messages, 2e-6, 4e-10);
  set(Medium::slots, 2e-7, 5e-10);
  set(Medium::rooms, 3e-7, 1e-10);
  set(Medium::symmetric, 3e-7, 5e-11);
  set(Medium::cross_memory, 3e-6, 2e-10);
  return model;
}

}  // namespace tutti
