#include "tutti/tensor/state_dict.h"

#include <set>

namespace tutti {
namespace {

std::string_view name_of(StateKind kind) {
  constexpr std::string_view names[] = {"a tensor", "an integer", "a number", "text"};
  return names[static_cast<int>(kind)];
}

StateKind kind_of(const StateDict::Value& value) {
  return static_cast<StateKind>(value.index());
}

std::string shown(std::int64_t value) {
  return std::to_string(value);
}
std::string shown(double value) {
  std::ostringstream out;
  out.precision(17);
  out << value;
  return out.str();
}
std::string shown(const std::string& value) {
  return '"' + value + '"';
}
std::string shown(const Tensor& value) {
  return text(value.dtype(), ' ', value.shape());
}

std::string shown(const StateRange& range) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (range.least == -infinity && range.most == infinity) return "no NaN";
  if (range.most < StateRange{}.most) return shown(range.least) + " to " + shown(range.most);
  return text("a finite number of ", shown(range.least), " or more");
}

bool lies_in(const StateRange& range, double value) {
  return value >= range.least && value <= range.most;
}

double number_of(const StateDict::Value& value) {
  const auto* integer = std::get_if<std::int64_t>(&value);
  return integer ? static_cast<double>(*integer) : std::get<double>(value);
}

// What of `found` differs from what `spec` says; empty where nothing does.
std::string difference(const StateDict::Value& found, const StateSpec& spec) {
  // The kinds of a spec's value are those of Value after the tensor.
  StateKind kind = spec.value ? static_cast<StateKind>(spec.value->index() + 1) : spec.kind;
  if (kind_of(found) != kind) return text(name_of(kind_of(found)), ", expected ", name_of(kind));
  auto show = [](const auto& value) { return shown(value); };
  std::string was = std::visit(show, found), wanted = was;
  if (spec.value) wanted = std::visit(show, *spec.value);
  if (kind == StateKind::tensor) wanted = text(spec.dtype, ' ', spec.shape);
  if (spec.range && !lies_in(*spec.range, number_of(found))) wanted = shown(*spec.range);
  return was == wanted ? "" : text(was, ", expected ", wanted);
}

// "what a, b, c; ", or nothing.
std::string listed(std::string_view what, const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return names.empty() ? out : text(what, out, "; ");
}

}  // namespace

void StateDict::set(std::string name, Value value) {
  if (name.empty()) raise("StateDict::set: found an empty name, expected a path such as a.weight");
  if (const Tensor* tensor = std::get_if<Tensor>(&value); tensor && !*tensor)
    raise("StateDict::set: found a tensor that holds nothing as ", name,
          ", expected one with a shape; leave the entry out");
  auto [at, is_new] = index_.try_emplace(name, entries_.size());
  if (is_new)
    entries_.emplace_back(std::move(name), std::move(value));
  else
    entries_[at->second].second = std::move(value);
}

void StateDict::insert(std::string_view prefix, const StateDict& nested) {
  std::vector<std::string> taken;
  std::vector<Entry> added;
  for (const auto& [name, value] : nested) {
    added.emplace_back(std::string(prefix) + name, value);
    if (contains(added.back().first)) taken.push_back(added.back().first);
  }
  if (!taken.empty())
    raise("StateDict::insert: ", listed("found already there: ", taken),
          "expected new names; choose another prefix");
  for (auto& [name, value] : added) set(std::move(name), std::move(value));
}

const StateDict::Value& StateDict::at(std::string_view name) const {
  auto found = index_.find(name);
  if (found == index_.end())
    raise("StateDict::at: found no ", name, " among ", size(),
          " entries, expected one of that name; contains() tells");
  return entries_[found->second].second;
}

StateDict StateDict::sub(std::string_view prefix) const {
  StateDict out;
  for (const auto& [name, value] : entries_)
    if (name.size() > prefix.size() && name.starts_with(prefix))
      out.set(name.substr(prefix.size()), value);
  return out;
}

void StateDict::require(std::string_view who, std::span<const StateSpec> expected) const {
  std::vector<std::string> missing, surplus, other;
  std::set<std::string_view> known;
  for (const StateSpec& spec : expected) {
    known.insert(spec.name);
    auto found = index_.find(spec.name);
    if (found == index_.end()) {
      missing.push_back(spec.name);
      continue;
    }
    std::string differs = difference(entries_[found->second].second, spec);
    if (!differs.empty()) other.push_back(text(spec.name, " (", differs, ")"));
  }
  for (const auto& [name, value] : entries_)
    if (!known.contains(name)) surplus.push_back(name);
  if (missing.empty() && surplus.empty() && other.empty()) return;
  raise(who, ": the state does not fit: ", listed("missing ", missing), listed("surplus ", surplus),
        listed("found ", other), "load what was saved from one that was made alike");
}

void StateDict::raise_kind(std::string_view name, const Value& found, StateKind expected) {
  raise("StateDict::at: found ", name_of(kind_of(found)), " as ", name, ", expected ",
        name_of(expected));
}

}  // namespace tutti
