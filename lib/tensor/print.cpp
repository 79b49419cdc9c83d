#include "tutti/tensor/print.h"

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace tutti {
namespace {

constexpr int precision = 4, line_width = 75;
constexpr std::int64_t most = 1000, edge = 3;

// Only what is shown: of a long axis its ends.
Tensor ends(const Tensor& x) {
  Tensor shown = x;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const std::int64_t extent = x.shape()[axis];
    if (extent <= 2 * edge) continue;
    Shape shape = shown.shape();
    shape[axis] = 2 * edge;
    Tensor both(shape, x.dtype(), x.device());
    both.slice(axis, 0, edge).copy_from(shown.slice(axis, 0, edge));
    both.slice(axis, edge, 2 * edge).copy_from(shown.slice(axis, extent - edge, extent));
    shown = both;
  }
  return shown;
}

std::string formatted(double value, int digits, char form) {
  const char format[] = {'%', '.', '*', form, 0};
  std::string out(static_cast<std::size_t>(std::snprintf(nullptr, 0, format, digits, value)), ' ');
  std::snprintf(out.data(), out.size() + 1, format, digits, value);
  return out;
}

// Digits behind the point of "12.3400" or "1.2300e+05" without trailing zeros.
int digits_needed(const std::string& number) {
  std::size_t point = number.find('.'), end = std::min(number.find('e'), number.size());
  while (end > point + 1 && number[end - 1] == '0') --end;
  return static_cast<int>(end - point - 1);
}

bool with_exponents(const std::vector<double>& values) {
  double least = HUGE_VAL, largest = 0;
  for (double value : values)
    if (std::isfinite(value) && value != 0) {
      least = std::min(least, std::fabs(value));
      largest = std::max(largest, std::fabs(value));
    }
  return largest > 0 && (largest >= 1e8 || least < 1e-4 || largest / least > 1000);
}

std::vector<std::string> words_of(const std::vector<double>& values) {
  const bool exponents = with_exponents(values);
  const char form = exponents ? 'e' : 'f';
  int digits = 0;
  for (double value : values)
    if (std::isfinite(value))
      digits = std::max(digits, digits_needed(formatted(value, precision, form)));
  std::vector<std::string> words;
  for (double value : values) {
    std::string word = formatted(value, digits, form);
    if (std::isfinite(value)) {
      if (digits == 0) word.insert(exponents ? word.find('e') : word.size(), 1, '.');
      // Zeros behind the last digit become spaces: columns stay aligned at the point.
      if (!exponents && digits > 0) {
        std::size_t end = word.find('.') + 1 + static_cast<std::size_t>(digits_needed(word));
        word.replace(end, word.size() - end, word.size() - end, ' ');
      }
    }
    words.push_back(word);
  }
  return words;
}

std::vector<std::string> words_of(const std::vector<std::int64_t>& values) {
  std::vector<std::string> words;
  for (std::int64_t value : values) words.push_back(std::to_string(value));
  return words;
}

struct Page {
  const Shape& shape;  ///< of the words
  const Shape& whole;  ///< of the tensor
  const std::vector<std::string>& words;
  std::size_t width;
  std::string text{};
  std::size_t line = 0, next = 0;

  void put(const std::string& piece) {
    text += piece;
    std::size_t at = piece.rfind('\n');
    line = at == std::string::npos ? line + piece.size() : piece.size() - at - 1;
  }
  void write(int axis) {
    if (axis == shape.rank()) {
      const std::string& word = words[next++];
      put(std::string(width - word.size(), ' '));
      return put(word);
    }
    const bool last = axis + 1 == shape.rank();
    const std::string indent(static_cast<std::size_t>(axis) + 1, ' ');
    const auto lines = static_cast<std::size_t>(std::max(1, shape.rank() - axis - 1));
    auto separate = [&](std::size_t coming) {
      const bool full = line + coming + static_cast<std::size_t>(axis) + 2 > line_width;
      if (last && !full) return put(" ");
      put(std::string(lines, '\n'));
      put(indent);
    };
    put("[");
    for (std::int64_t i = 0; i < shape[axis]; ++i) {
      const bool cut = i == edge && whole[axis] != shape[axis];
      if (i > 0) separate(cut ? 3 : width);
      if (cut) {
        put("...");
        separate(width);
      }
      write(axis + 1);
    }
    put("]");
  }
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const Tensor& x) {
  if (!x) return out << "[] (no tensor)";
  if (x.count() == 0) return out << "[] (shape " << x.shape() << ", " << x.dtype() << ')';
  const Tensor shown = x.count() > most ? ends(x) : x;
  const std::vector<std::string> words =
      is_float(x.dtype()) ? words_of(shown.to(Dtype::f64).to_vector<double>())
                          : words_of(shown.to(Dtype::i64).to_vector<std::int64_t>());
  std::size_t width = 0;
  for (const std::string& word : words) width = std::max(width, word.size());
  Page page{shown.shape(), x.shape(), words, width};
  page.write(0);
  return out << page.text;
}

}  // namespace tutti
