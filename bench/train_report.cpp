#include "train_report.h"

#include <cstdio>
#include <ostream>

#include "measure.h"
#include "tutti/base/parallel_for.h"

namespace tutti::bench {
namespace {

constexpr double mib = 1 << 20;

double steps(const TrainReport& report) {
  return static_cast<double>(report.trained.seconds.size());
}

double samples_per_second(const TrainReport& report, double median) {
  return static_cast<double>(report.trained.samples * report.ranks) / median;
}

template <class... Values>
std::string formatted(const char* format, Values... values) {
  char words[400];
  std::snprintf(words, sizeof words, format, values...);
  return words;
}

}  // namespace

void TrainReport::add_products() {
  if (thread_count() > 1 || trained.products.counts().empty()) return;
  const double best = trained.products.best_seconds(/*runs=*/11) / steps(*this);
  products = {trained.products.operations() / steps(*this), best,
              best / quantile(trained.passes, 0.5)};
}

std::string TrainReport::line() const {
  const double median = quantile(trained.seconds, 0.5);
  return formatted(
      "train model=%s ranks=%d ms_per_step=%.4g p99=%.4g samples_per_second=%.0f memory_mib=%.0f "
      "rss_mib=%.0f steps=%.0f",
      model.c_str(), ranks, 1e3 * median, 1e3 * quantile(trained.seconds, 0.99),
      samples_per_second(*this, median), static_cast<double>(memory) / mib,
      static_cast<double>(resident) / mib, steps(*this));
}

void TrainReport::show_ops(std::ostream& out) const {
  trained.times.print(out, static_cast<int>(trained.seconds.size()), trained.observed);
  if (!products) return;
  out << formatted(
      "  products of linear layers: %.1f MFLOP, %.3f ms by the fastest library for each shape, "
      "%.0f%% of forward and backward (%.3f ms%s)\n",
      products->operations * 1e-6, 1e3 * products->best_seconds, 100 * products->share,
      1e3 * quantile(trained.passes, 0.5), ranks > 1 ? ", the exchange within" : "");
}

nlohmann::ordered_json TrainReport::json() const {
  const double median = quantile(trained.seconds, 0.5);
  nlohmann::ordered_json json{{"model", model},
                              {"ranks", ranks},
                              {"steps", trained.seconds.size()},
                              {"ms_per_step", 1e3 * median},
                              {"p99_ms", 1e3 * quantile(trained.seconds, 0.99)},
                              {"forward_backward_ms", 1e3 * quantile(trained.passes, 0.5)},
                              {"samples_per_second", samples_per_second(*this, median)},
                              {"memory_mib", static_cast<double>(memory) / mib},
                              {"rss_mib", static_cast<double>(resident) / mib}};
  if (trained.observed > 0) {
    auto rows = nlohmann::ordered_json::array();
    for (const OpTimes::Row& row : trained.times.rows())
      rows.push_back({{"op", row.op},
                      {"calls", static_cast<double>(row.calls) / steps(*this)},
                      {"forward_ms", 1e3 * row.forward / steps(*this)},
                      {"backward_ms", 1e3 * row.backward / steps(*this)}});
    json["by_op"] = rows;
  }
  if (products)
    json["products"] = {{"operations", products->operations},
                        {"best_ms", 1e3 * products->best_seconds},
                        {"share", products->share}};
  return json;
}

}  // namespace tutti::bench
