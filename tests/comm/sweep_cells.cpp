// How a cell of the sweep is found.
#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "support/quick.h"
#include "sweep_trial.h"

namespace tutti::test::sweep {
namespace {

bool has_any(const std::string& message, const std::vector<std::string>& words) {
  for (const std::string& word : words)
    if (message.find(word) != std::string::npos) return true;
  return false;
}

std::string classified(const Result& result, const Call& call, const Column& column, int last) {
  std::vector<std::string> told = result.errors;
  if (std::ranges::all_of(told, [](const std::string& e) { return e.empty(); })) {
    if (result.noted.empty()) return result.right ? "right" : "FAULT: wrong values, and no error";
    told = {result.noted};
  }
  std::vector<std::string> words = column.words;
  if (!words.empty() && !call.says.empty()) words.push_back(call.says);
  const bool late = column.way == Way::absent;
  bool fits = false;
  for (const std::string& error : told) {
    if (!late && error.find("(TUTTI_TIMEOUT)") != std::string::npos) return "deadline";
    // Between hosts, who waits for an absent rank names whom it waits for itself.
    const bool names = late || error.find(text("rank ", last)) != std::string::npos;
    fits = fits || (names && has_any(error, words));
  }
  if (fits) return "named";
  std::string fault = "FAULT: found";
  for (const std::string& error : told) fault += text("\n  \"", error, '"');
  return fault;
}

std::vector<Setting> settings(const Call& call, const Column& column) {
  const bool forged = column.way == Way::forged, absent = column.way == Way::absent;
  const bool sleeps = absent || column.way == Way::late;
  const bool options = column.name == "options";
  const bool few = quick() || call.in_background || call.forms.size() > 1;
  const bool first_sends = call.name.starts_with("broadcast") || call.name.starts_with("scatter");
  std::vector<Setting> all;
  const auto add = [&](int ranks, int per_node, std::size_t count, int root) {
    if (forged && call.has("root") && first_sends != (root > 0)) return;  // the last rank sends
    for (int option = options ? 1 : 0; option <= (options ? call.options : 0); ++option)
      for (const Prepare& form : call.forms)
        all.push_back({ranks, per_node, count, root, option, &form});
  };
  for (int ranks : few ? std::vector{3} : std::vector{2, 3, 4}) {
    if (column.name == "root" && call.has("peer") && ranks == 2) continue;  // no other peer
    for (int per_node : {ranks, 1}) {
      if (forged && per_node > 1) continue;
      if (sleeps && (ranks == 3) != (per_node == 1)) continue;  // a layout for each number
      const bool waits = absent || (per_node == 1 && column.to_deadline);
      for (std::size_t count : {12, 12 * 8192}) {
        if (count > 12 && (waits || ranks != 3 || !column.change)) continue;
        add(ranks, per_node, count, 0);
        if (call.has("root") && !waits && !column.words.empty())
          add(ranks, per_node, count, ranks - 1);
      }
    }
  }
  return all;
}

bool applies(const Call& call, const Column& column) {
  if (column.way == Way::forged) return call.forgeable;
  if (column.name == "root") return call.has("root") || call.has("peer");
  return !column.change || call.has(column.name);
}

}  // namespace

std::vector<std::string> cells(const std::vector<Call>& calls, const Column& column) {
  struct Job {
    std::size_t call;
    Setting setting;
    std::string found;
  };
  std::vector<Job> jobs;
  for (std::size_t i = 0; i < calls.size(); ++i)
    if (applies(calls[i], column))
      for (const Setting& setting : settings(calls[i], column)) jobs.push_back({i, setting, {}});
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < column.at_a_time; ++i)
    threads.emplace_back([&] {
      for (std::size_t n = next++; n < jobs.size(); n = next++) {
        const auto& [call, setting, found] = jobs[n];
        try {
          jobs[n].found = classified(Trial(calls[call], column, setting).run(), calls[call], column,
                                     setting.ranks - 1);
        } catch (const std::exception& e) {
          jobs[n].found = text("FAULT: found no Error, but \"", e.what(), '"');
        }
      }
    });
  for (std::thread& thread : threads) thread.join();

  std::vector<std::string> cells(calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i) {
    std::set<std::string> outcomes;
    for (const auto& [call, setting, found] : jobs) {
      if (call != i) continue;
      const bool fault = found.starts_with("FAULT");
      outcomes.insert(!fault ? found
                             : text(found, "\n  with ", setting.ranks, " ranks, ", setting.per_node,
                                    " a host, ", setting.count, " elements, root ", setting.root,
                                    ", option ", setting.option));
    }
    for (const std::string& outcome : outcomes)
      cells[i] += text(cells[i].empty() ? "" : ", ", outcome);
    if (outcomes.empty()) cells[i] = text('-');
  }
  return cells;
}

}  // namespace tutti::test::sweep
