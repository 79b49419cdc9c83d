// Checks of the collectives that move parts without arithmetic, on any communicator.
#pragma once

#include "collectives_checks.h"
#include "tutti/comm/all_to_all.h"
#include "tutti/comm/gather.h"
#include "tutti/comm/scatter.h"

namespace tutti::test {

using CountsOf = std::vector<std::size_t>;

/// Bytes that tell where they come from and where they go.
inline std::vector<std::uint8_t> bytes_between(int from, int to, std::size_t bytes) {
  std::vector<std::uint8_t> data(bytes);
  for (std::size_t i = 0; i < bytes; ++i)
    data[i] = static_cast<std::uint8_t>(
        (i * 2654435761u + unsigned(from) * 101 + unsigned(to) * 37 + (i >> 8)) >> 3);
  return data;
}

inline void append(std::vector<std::uint8_t>& all, const std::vector<std::uint8_t>& part) {
  all.insert(all.end(), part.begin(), part.end());
}

/// `bytes` as elements of `dtype`.
inline Block as(Dtype dtype, std::vector<std::uint8_t>& bytes) {
  return {bytes.data(), bytes.size() / size_of(dtype), dtype, {}};
}

inline std::size_t total(const CountsOf& counts) {
  std::size_t sum = 0;
  for (std::size_t count : counts) sum += count;
  return sum;
}

inline CountsOf equal_counts(std::size_t count, std::size_t ranks) {
  CountsOf counts;
  for (std::size_t r = 0; r < ranks; ++r)
    counts.push_back(count * (r + 1) / ranks - count * r / ranks);
  return counts;
}

/// Parts in one block, and what the calls of one kind need of them.
struct Movement {
  Movement(Communicator& on, Dtype type, CountsOf parts, bool v_form)
      : c(on), dtype(type), counts(std::move(parts)), v(v_form) {
    for (int r = 0; r < c.size(); ++r) {
      if (r == c.rank()) first = all.size();
      append(all, part(r));
    }
  }
  std::vector<std::uint8_t> part(int r) const {
    return bytes_between(r, 0, counts[std::size_t(r)] * size_of(dtype));
  }
  Block none() const { return {nullptr, total(counts), dtype, {}}; }
  Block own_place(std::vector<std::uint8_t>& in) const {
    return {in.data() + first, counts[std::size_t(c.rank())], dtype, {}};
  }
  void require(bool good, std::string_view what) const {
    if (!good)
      raise(what, v ? "_v" : "", " of ", total(counts), " x ", dtype, " on ", c.size(),
            " ranks: wrong result");
  }

  Communicator& c;
  Dtype dtype;
  CountsOf counts;
  bool v;
  std::vector<std::uint8_t> all;  ///< every rank's part
  std::size_t first = 0;          ///< where this rank's starts
};

inline void check_gather(const Movement& m, int root) {
  Communicator& c = m.c;
  auto mine = m.part(c.rank());
  std::vector<std::uint8_t> found(m.all.size());
  const Block place = c.rank() == root ? as(m.dtype, found) : m.none();
  if (m.v)
    gather_v(c, as(m.dtype, mine), place, m.counts, root);
  else
    gather(c, as(m.dtype, mine), place, root);
  m.require(mine == m.part(c.rank()), "gather: input");
  m.require(c.rank() != root || found == m.all, "gather");
  std::ranges::fill(found, 0);
  std::ranges::copy(mine, found.begin() + std::ptrdiff_t(m.first));
  const Block own = m.own_place(found);
  Work work = m.v ? gather_v_async(c, own, place, CountsOf(m.counts), root)  // counts are copied
                  : gather_async(c, own, place, root);
  work.wait();
  m.require(c.rank() != root || found == m.all, "gather in place");
}

inline void check_scatter(const Movement& m, int root) {
  Communicator& c = m.c;
  auto all = m.all;
  std::vector<std::uint8_t> mine(m.part(c.rank()).size());
  const Block from = c.rank() == root ? as(m.dtype, all) : m.none();
  if (m.v)
    scatter_v(c, from, as(m.dtype, mine), m.counts, root);
  else
    scatter(c, from, as(m.dtype, mine), root);
  m.require(mine == m.part(c.rank()), "scatter");
  m.require(all == m.all, "scatter: input");
  if (c.rank() != root) std::ranges::fill(all, 0);
  const Block own = m.own_place(all);
  Work work = m.v ? scatter_v_async(c, from, own, CountsOf(m.counts), root)
                  : scatter_async(c, from, own, root);
  work.wait();
  m.require(std::equal(mine.begin(), mine.end(), static_cast<std::uint8_t*>(own.data)),
            "scatter in place");
}

inline void check_all_gather(const Movement& m) {
  auto mine = m.part(m.c.rank());
  std::vector<std::uint8_t> found(m.all.size());
  const Block all = as(m.dtype, found);
  if (m.v)
    all_gather_v(m.c, as(m.dtype, mine), all, m.counts);
  else
    all_gather(m.c, as(m.dtype, mine), all);
  m.require(found == m.all, "all_gather");
  std::ranges::fill(found, 0);
  std::ranges::copy(mine, found.begin() + std::ptrdiff_t(m.first));
  const Block own = m.own_place(found);
  Work work =
      m.v ? all_gather_v_async(m.c, own, all, CountsOf(m.counts)) : all_gather_async(m.c, own, all);
  work.wait();
  m.require(found == m.all, "all_gather in place");
}

inline void check_broadcast(const Movement& m, int root) {
  std::vector<std::uint8_t> data = m.c.rank() == root ? m.all : std::vector<std::uint8_t>{};
  data.resize(m.all.size());
  auto out = std::vector<std::uint8_t>(m.all.size());
  broadcast(m.c, m.c.rank() == root ? as(m.dtype, data) : Block{}, as(m.dtype, out), root);
  m.require(out == m.all, "broadcast out of place");
  broadcast_async(m.c, as(m.dtype, data), root).wait();
  m.require(data == m.all, "broadcast");
}

/// Rank a sends counts(a, b) elements to rank b.
template <class CountBetween>
void check_all_to_all(Communicator& c, Dtype dtype, CountBetween counts, bool v) {
  CountsOf to, from;
  std::vector<std::uint8_t> in, expected;
  for (int r = 0; r < c.size(); ++r) {
    to.push_back(counts(c.rank(), r));
    from.push_back(counts(r, c.rank()));
    append(in, bytes_between(c.rank(), r, to.back() * size_of(dtype)));
    append(expected, bytes_between(r, c.rank(), from.back() * size_of(dtype)));
  }
  const auto before = in;
  const auto require = [&](bool good, std::string_view what) {
    expect(good, text("all_to_all", v ? "_v" : "", what), c, in.size());
  };
  std::vector<std::uint8_t> out(expected.size());
  if (v)
    all_to_all_v(c, as(dtype, in), to, as(dtype, out), from);
  else
    all_to_all(c, as(dtype, in), as(dtype, out));
  require(out == expected, "");
  require(in == before, ": input");
  std::vector<std::uint8_t> both = in;
  both.resize(std::max(in.size(), out.size()));
  const Block first{both.data(), total(to), dtype, {}}, second{both.data(), total(from), dtype, {}};
  Work work = v ? all_to_all_v_async(c, first, CountsOf(to), second, CountsOf(from))
                : all_to_all_async(c, first, second);
  work.wait();
  require(std::equal(expected.begin(), expected.end(), both.begin()), " in place");
}

}  // namespace tutti::test
