#include "comm/simulated/flows.h"

#include <algorithm>
#include <limits>

namespace tutti {
namespace {

// Shares this near to each other differ by rounding.
constexpr double alike = 1 + 1e-12;
constexpr double unknown = -1;

}  // namespace

Flows::Flows(std::vector<double> links) {
  for (double capacity : links) links_.push_back({.capacity = capacity, .flows = {}});
}

int Flows::begin(const std::vector<int>& links, std::size_t bytes, Picoseconds now) {
  int number = static_cast<int>(flows_.size());
  if (free_.empty()) {
    flows_.emplace_back();
  } else {
    number = free_.back();
    free_.pop_back();
  }
  Flow& flow = flows_[number];
  flow.links.assign(links.begin(), links.end());
  flow.bytes = static_cast<double>(bytes);
  flow.rate = 0;
  flow.since = now;
  for (int link : links) links_[link].flows.push_back(number);
  changed_.insert(changed_.end(), links.begin(), links.end());
  if (links.empty()) loose_.push_back(number);
  return number;
}

void Flows::end(int number) {
  Flow& flow = flows_[number];
  for (int link : flow.links) std::erase(links_[link].flows, number);
  changed_.insert(changed_.end(), flow.links.begin(), flow.links.end());
  flow.version = 0;
  free_.push_back(number);
}

void Flows::see(int link) {
  if (links_[link].seen) return;
  links_[link].seen = true;
  part_links_.push_back(link);
}

// The flows and links that are joined to `link` by common flows and links.
void Flows::find_part(int link) {
  part_flows_.clear();
  part_links_.clear();
  see(link);
  for (std::size_t next = 0; next < part_links_.size(); ++next)
    for (int number : links_[part_links_[next]].flows) {
      Flow& flow = flows_[number];
      if (flow.seen) continue;
      flow.seen = true;
      part_flows_.push_back(number);
      for (int other : flow.links) see(other);
    }
}

void Flows::share_out() {
  for (int flow : part_flows_) flows_[flow].share = unknown;
  for (int number : part_links_) {
    Link& link = links_[number];
    link.left = link.capacity;
    link.open = static_cast<int>(link.flows.size());
  }
  for (;;) {
    double least = std::numeric_limits<double>::infinity();
    for (int link : part_links_)
      if (links_[link].open > 0) least = std::min(least, links_[link].left / links_[link].open);
    if (least == std::numeric_limits<double>::infinity()) return;
    for (int number : part_links_) {
      Link& full = links_[number];
      if (full.open == 0 || full.left / full.open > least * alike) continue;
      for (int flow : full.flows) {
        if (flows_[flow].share != unknown) continue;
        flows_[flow].share = least;
        for (int link : flows_[flow].links) {
          links_[link].left -= least;
          --links_[link].open;
        }
      }
    }
  }
}

void Flows::update(int number, Picoseconds now) {
  Flow& flow = flows_[number];
  flow.seen = false;
  if (flow.share <= flow.rate * alike && flow.rate <= flow.share * alike) return;
  flow.bytes -= flow.rate * static_cast<double>(now - flow.since);
  flow.since = now;
  flow.rate = flow.share;
  flow.version = ++versions_;
  endings_.push_back(
      {number, flow.version, now + std::llround(std::max(0.0, flow.bytes) / flow.rate)});
}

const std::vector<Flows::Ending>& Flows::settle(Picoseconds now) {
  endings_.clear();
  for (int flow : loose_) endings_.push_back({flow, flows_[flow].version = ++versions_, now});
  loose_.clear();
  std::vector<int> done;
  for (int link : changed_) {
    if (links_[link].seen) continue;
    find_part(link);
    share_out();
    for (int flow : part_flows_) update(flow, now);
    done.insert(done.end(), part_links_.begin(), part_links_.end());
  }
  changed_.clear();
  for (int link : done) links_[link].seen = false;
  return endings_;
}

}  // namespace tutti
