#include "tutti/nn/summary.h"

#include <algorithm>
#include <iomanip>
#include <unordered_set>

namespace tutti::nn {

SummaryTable::SummaryTable(const Module& module) {
  for (Module::Named& layer : module.modules()) {
    const bool training = layer.module.training();
    rows_.push_back({std::move(layer), 0, training, ""});
  }
  for (Row& row : rows_) {
    row.layer.module.state_->training = false;
    row.hook = row.layer.module.add_hook(
        Module::PostHook([&row](const Module&, std::span<const Variable>, Variable& output) {
          row.output = output ? tutti::text(output.shape()) : "";
        }));
  }
}

SummaryTable::~SummaryTable() {
  for (Row& row : rows_) {
    row.layer.module.remove_hook(row.hook);
    row.layer.module.state_->training = row.training;
  }
}

std::string SummaryTable::text() const {
  std::size_t paths = 5, outputs = 6;
  for (const Row& row : rows_) {
    paths = std::max(paths, row.layer.path.size() + 2 + row.layer.module.type().size());
    outputs = std::max(outputs, row.output.size());
  }
  std::ostringstream out;
  auto line = [&](const std::string& path, const std::string& output, const std::string& count) {
    out << std::left << std::setw(static_cast<int>(paths)) << path << "  "
        << std::setw(static_cast<int>(outputs)) << output << "  " << std::right << std::setw(12)
        << count << '\n';
  };
  line("layer", "output", "parameters");
  std::unordered_set<const void*> seen;
  std::int64_t total = 0;
  for (const Row& row : rows_) {
    std::int64_t own = 0;
    for (const Parameter& parameter : row.layer.module.parameters())
      if (parameter.path.find('.') == std::string::npos && seen.insert(parameter.id()).second)
        own += parameter.value().count();
    total += own;
    const std::string& path = row.layer.path;
    line(tutti::text(path, path.empty() ? "" : ": ", row.layer.module.type()), row.output,
         own ? std::to_string(own) : "");
  }
  line("all", "", std::to_string(total));
  return out.str();
}

}  // namespace tutti::nn
