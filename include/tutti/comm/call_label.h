// What a call is for, in a word that ranks compare.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string_view>

namespace tutti {

/// A part of a gradient averager's step.
struct StepPart {
  std::uint64_t wrapper = 0;  ///< how many calls its communicator had seen, modulo 2^12
  std::uint64_t updates = 0;  ///< hash of what optimizers have done, modulo 2^16
  std::uint64_t step = 0;     ///< modulo 2^23
  std::uint64_t part = 0;     ///< a bucket, or one of these:
  static constexpr std::uint64_t values = 0xffd;   ///< hashes of the parameters
  static constexpr std::uint64_t reached = 0xffe;  ///< which parameters have a gradient
  static constexpr std::uint64_t weights = 0xfff;  ///< of the shards
};

/// Nothing, a text, or a part of a step. The text is borrowed until the call that it is passed to
/// returns, asynchronous ones too.
class CallLabel {
 public:
  constexpr CallLabel() = default;
  /// What a caller writes, as in "encoder"; nothing for an empty text.
  CallLabel(std::convertible_to<std::string_view> auto const& text)
      : CallLabel(std::string_view(text), nullptr) {}
  CallLabel(const StepPart& part);

  /// 0 for nothing; of a text, a hash.
  constexpr std::uint64_t word() const { return word_; }
  constexpr std::string_view text() const { return text_; }

 private:
  CallLabel(std::string_view text, std::nullptr_t);
  std::uint64_t word_ = 0;
  std::string_view text_;
};

/// ", bucket 3 of step 17 of the wrapper made behind call 5, after optimizers' steps of hash 901";
/// nothing for the hash of a text.
void print_label(std::ostream& out, std::uint64_t word);

/// What ranks whose calls are labelled otherwise should have done.
std::string_view required_agreement(std::uint64_t label, std::uint64_t other);

}  // namespace tutti
