#include "npy_header.h"

#include <limits>

namespace tutti::data {
namespace {

struct Kind {
  std::string_view descr;
  Dtype dtype;
  bool boolean = false;
};

constexpr Kind kinds[] = {{"<f2", Dtype::f16},     {"<f4", Dtype::f32}, {"<f8", Dtype::f64},
                          {"<i4", Dtype::i32},     {"<i8", Dtype::i64}, {"|u1", Dtype::u8},
                          {"|b1", Dtype::u8, true}};

// Of the literals of Python that NumPy writes.
class Parser {
 public:
  Parser(std::string_view text, std::size_t offset, std::string_view who)
      : text_(text), offset_(offset), who_(who) {}

  NpyHeader parse() {
    NpyHeader header;
    bool descr = false, order = false, shape = false;
    expect('{');
    while (!accept('}')) {
      skip_spaces();
      const std::size_t at = at_;
      const std::string_view key = string();
      expect(':');
      if (key == "descr" && !descr) {
        descr = true;
        set_kind(header);
      } else if (key == "fortran_order" && !order) {
        order = true;
        header.fortran_order = boolean();
      } else if (key == "shape" && !shape) {
        shape = true;
        header.shape = tuple();
      } else {
        wrong(at, "found key '", key, "', expected descr, fortran_order and shape once each");
      }
      if (!accept(',') && !next_is('}')) wrong(at_, "found no comma or brace, expected one");
    }
    skip_spaces();
    if (at_ != text_.size()) wrong(at_, "found more after the dictionary, expected its end");
    if (!descr || !order || !shape)
      wrong(0, "found no ",
            !descr   ? "descr"
            : !order ? "fortran_order"
                     : "shape",
            " in the dictionary, expected one");
    return header;
  }

 private:
  template <class... Parts>
  [[noreturn]] void wrong(std::size_t at, const Parts&... what) const {
    raise(who_, ": byte ", offset_ + at, ": ", what...);
  }

  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool next_is(char c) {
    skip_spaces();
    return at_ < text_.size() && text_[at_] == c;
  }
  bool accept(char c) {
    const bool found = next_is(c);
    at_ += found;
    return found;
  }
  void expect(char c) {
    if (!accept(c)) wrong(at_, "found no ", c, " of the dictionary, expected one");
  }

  std::string_view string() {
    const char quote = next_is('"') ? '"' : '\'';
    if (!accept(quote)) wrong(at_, "found no quoted string, expected one");
    const std::size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) wrong(at_ - 1, "found no end of the string, expected one");
    const std::string_view found = text_.substr(at_, end - at_);
    at_ = end + 1;
    return found;
  }

  bool boolean() {
    skip_spaces();
    for (bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return value;
    }
    wrong(at_, "found no truth value, expected True or False");
  }

  void set_kind(NpyHeader& header) {
    skip_spaces();
    const std::size_t at = at_;
    if (next_is('[')) wrong(at, "found a structured dtype, expected numbers of one kind");
    const std::string_view descr = string();
    for (const Kind& kind : kinds) {
      if (kind.descr != descr) continue;
      header.dtype = kind.dtype;
      header.boolean = kind.boolean;
      return;
    }
    wrong(at, "found dtype '", descr, descr.starts_with('>') ? "' (big-endian)" : "'",
          ", expected <f2, <f4, <f8, <i4, <i8, |u1 or |b1; convert it with NumPy's astype");
  }

  Shape tuple() {
    Shape shape;
    expect('(');
    std::int64_t product = 1;  // of what is not 0: so that no count overflows
    while (!accept(')')) {
      skip_spaces();
      const std::size_t at = at_;
      const std::int64_t extent = integer();
      if (shape.rank() == Shape::max_rank)
        wrong(at, "found more than ", Shape::max_rank, " axes, expected at most as many");
      if (extent != 0 && __builtin_mul_overflow(product, extent, &product))
        wrong(at, "found extent ", extent, ", with which the elements cannot be counted");
      shape.push_back(extent);
      if (!accept(',') && (!next_is(')') || shape.rank() == 1))
        wrong(at_, "found no comma after an extent, expected one");
    }
    return shape;
  }

  std::int64_t integer() {
    const std::size_t first = at_;
    std::int64_t value = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
      const int digit = text_[at_] - '0';
      if (value > (std::numeric_limits<std::int64_t>::max() - digit) / 10)
        wrong(first, "found an extent beyond 64 bits, expected a smaller one");
      value = 10 * value + digit;
    }
    if (at_ == first) wrong(first, "found no extent, expected a whole number, 0 or more");
    return value;
  }

  std::string_view text_;
  std::size_t offset_;
  std::string_view who_;
  std::size_t at_ = 0;
};

}  // namespace

NpyHeader parse_npy_header(std::string_view dictionary, std::size_t offset, std::string_view who) {
  return Parser(dictionary, offset, who).parse();
}

std::string npy_preamble(Dtype dtype, const Shape& shape, std::string_view who) {
  std::string descr;
  for (const Kind& kind : kinds)
    if (kind.dtype == dtype && !kind.boolean) descr = kind.descr;
  if (descr.empty())
    raise(who, ": found dtype ", dtype, ", which NumPy does not know; convert it with to(Dtype)");
  std::string extents;
  for (std::int64_t extent : shape)
    extents += (extents.empty() ? "" : ", ") + std::to_string(extent);
  if (shape.rank() == 1) extents += ',';
  std::string header =
      "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + extents + "), }";
  constexpr std::size_t before = 10, aligned = 64;
  if (shape.rank() > 0)  // room in which NumPy would let the first extent grow
    header += std::string(21 - std::to_string(shape[0]).size(), ' ');
  header += std::string((aligned - (before + header.size() + 1) % aligned) % aligned, ' ') + '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(header.size() & 0xff);
  out += static_cast<char>(header.size() >> 8);
  return out + header;
}

}  // namespace tutti::data
