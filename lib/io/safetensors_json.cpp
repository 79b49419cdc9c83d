// The header's JSON, read as it comes: no value is kept that the format does not know.
#include <algorithm>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "safetensors_dtype.h"
#include "safetensors_header.h"
#include "shown_name.h"

namespace tutti::io {
namespace {

using Json = nlohmann::json;

// Walks over characters and tells how far it has come.
struct Counted {
  using iterator_category = std::forward_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;
  const char* at;
  const char** reached;

  reference operator*() const { return *at; }
  Counted& operator++() {
    *reached = ++at;
    return *this;
  }
  Counted operator++(int) {
    Counted before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const Counted& a, const Counted& b) { return a.at == b.at; }
};

// The events of a parser, whose names are the parser's own.
class Reader {
 public:
  Reader(std::span<const std::byte> file, std::uint64_t size, std::string who)
      : who_(std::move(who)),
        begin_(reinterpret_cast<const char*>(file.data())),
        reached_(begin_ + 8),
        header_end_(8 + size),
        file_end_(file.size()) {}

  SafetensorsHeader read() {
    const char* first = begin_ + 8;
    Json::sax_parse(Counted{first, &reached_}, Counted{begin_ + header_end_, &reached_}, this);
    return std::move(header_);
  }

  bool null() { unexpected("null"); }
  bool boolean(bool value) { unexpected(value ? "true" : "false"); }
  bool number_integer(std::int64_t value) { unexpected(std::to_string(value)); }
  bool number_float(double, const std::string& digits) { unexpected(digits.substr(0, 40)); }
  bool binary(Json::binary_t&) { unexpected("binary data"); }

  bool number_unsigned(std::uint64_t value) {
    if (place_ == Place::shape) {
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        unexpected(text("the extent ", value));
      if (entry_.shape.rank() == Shape::max_rank)
        fail("found more than ", Shape::max_rank, " extents, which no Tensor has");
      entry_.shape.push_back(static_cast<std::int64_t>(value));
    } else if (place_ == Place::offsets && offsets_.size() < 2) {
      offsets_.push_back(value);
    } else {
      unexpected(std::to_string(value));
    }
    return true;
  }

  bool string(std::string& value) {
    if (place_ == Place::metadata)
      header_.metadata.emplace_back(key_, std::move(value));
    else if (place_ == Place::entry && key_ == "dtype")
      entry_.dtype = std::move(value);
    else
      unexpected(shown_name(value));
    return true;
  }

  bool key(std::string& name) {
    auto& taken = place_ == Place::file ? names_ : keys_;
    if (!taken.insert(name).second) fail("found the key ", shown_name(name), " twice");
    if (place_ == Place::entry && name != "dtype" && name != "shape" && name != "data_offsets")
      fail("found the key ", shown_name(name), ", expected dtype, shape and data_offsets");
    key_ = std::move(name);
    return true;
  }

  bool start_object(std::size_t) {
    keys_.clear();
    if (place_ == Place::start) {
      place_ = Place::file;
    } else if (place_ == Place::file && key_ == "__metadata__") {
      place_ = Place::metadata;
    } else if (place_ == Place::file) {
      place_ = Place::entry;
      entry_ = {key_, {}, {}, 0, 0};
      offsets_.clear();
    } else {
      unexpected("an object");
    }
    return true;
  }

  bool end_object() {
    if (place_ == Place::entry) finish_entry();
    place_ = Place::file;
    return true;
  }

  bool start_array(std::size_t) {
    if (place_ != Place::entry || key_ == "dtype") unexpected("a list");
    place_ = key_ == "shape" ? Place::shape : Place::offsets;
    return true;
  }

  bool end_array() {
    if (place_ == Place::offsets && offsets_.size() != 2) fail("found less than two data_offsets");
    place_ = Place::entry;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const Json::exception& error) {
    std::string why = error.what();  // "[..] parse error at ..: syntax error while .. - WHY; .."
    why = why.substr(0, why.find("; last read"));
    if (const auto at = why.find(" - "); at != std::string::npos) why = why.substr(at + 3);
    raise(who_, ": found no JSON before byte ", 8 + position, " (", why.substr(0, 100), ")",
          names_.empty() ? "" : text(", in or after ", shown_name(key_)));
  }

 private:
  enum class Place : std::uint8_t { start, file, metadata, entry, shape, offsets };

  template <class... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    const bool inside = place_ >= Place::entry;
    raise(who_, ": ", inside ? text("tensor ", shown_name(entry_.name), ": ") : "", parts...,
          " (before byte ", reached_ - begin_, ')');
  }

  [[noreturn]] void unexpected(const std::string& found) const {
    constexpr const char* expected[] = {
        "an object", "an object for each tensor",     "a text",
        "",          "up to eight numbers from 0 up", "two numbers from 0 up"};
    if (place_ == Place::entry)
      fail("found ", found, " as ", key_, ", expected ",
           key_ == "dtype" ? "a text" : "a list of numbers");
    const bool named = place_ == Place::file || place_ == Place::metadata;
    fail("found ", found, named ? " as " + shown_name(key_) : "", ", expected ",
         expected[static_cast<int>(place_)]);
  }

  // What can be said of a tensor that has been read to its end.
  void finish_entry() {
    for (const char* field : {"dtype", "shape", "data_offsets"})
      if (!keys_.contains(field)) fail("found no ", field);
    const std::uint64_t bits = bits_of(entry_.dtype);
    if (bits == 0) fail("found the dtype ", shown_name(entry_.dtype), ", which is none");
    const std::uint64_t data = header_end_, room = file_end_ - data;
    const auto [begin, end] = std::pair(offsets_[0], offsets_[1]);
    if (begin > end) fail("found data_offsets from ", begin, " to ", end, ", which is less");
    if (end > room)
      fail("found data_offsets up to ", end, ", expected at most ", room,
           ": it ends beyond the file's ", file_end_, " bytes; is the file cut?");
    const std::optional<std::uint64_t> bytes = bytes_of(entry_.shape, bits);
    if (!bytes || *bytes != end - begin)
      fail("found ", end - begin, " bytes for ", entry_.dtype, ' ', entry_.shape, ", expected ",
           bytes ? std::to_string(*bytes) : "a whole number of them below 2^60");
    entry_.begin = data + begin;
    entry_.end = data + end;
    header_.index.emplace(entry_.name, header_.entries.size());
    header_.entries.push_back(std::move(entry_));
  }

  // None where it is no whole number, or where strides of the shape would overflow.
  static std::optional<std::uint64_t> bytes_of(const Shape& shape, std::uint64_t bits) {
    std::uint64_t steps = bits;
    bool empty = false;
    for (std::int64_t extent : shape) {
      empty |= extent == 0;
      const auto factor = static_cast<std::uint64_t>(std::max<std::int64_t>(extent, 1));
      if (__builtin_mul_overflow(steps, factor, &steps) || steps >> 63) return std::nullopt;
    }
    if (empty) return 0;
    if (steps % 8 != 0) return std::nullopt;
    return steps / 8;
  }

  const std::string who_;
  const char* const begin_;  // of the file
  const char* reached_;
  const std::uint64_t header_end_, file_end_;
  Place place_ = Place::start;
  std::string key_;
  std::set<std::string> names_, keys_;  // those of the file, and of the object within it
  SafetensorsEntry entry_;
  std::vector<std::uint64_t> offsets_;
  SafetensorsHeader header_;
};

}  // namespace

SafetensorsHeader parse_header(std::span<const std::byte> file, std::uint64_t size,
                               const std::string& who) {
  return Reader(file, size, who).read();
}

}  // namespace tutti::io
