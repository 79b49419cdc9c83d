#include "tutti/nn/generate.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tutti/autograd/grad_mode.h"
#include "tutti/base/philox.h"

namespace tutti::nn {
namespace {

class Evaluation {
 public:
  explicit Evaluation(const Gpt& model) : parts_(model.modules()) {
    for (const auto& part : parts_) before_.push_back(part.module.training());
    parts_[0].module.eval();
  }
  ~Evaluation() {  // each before its children
    for (std::size_t i = 0; i < parts_.size(); ++i) parts_[i].module.train(before_[i]);
  }
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

 private:
  std::vector<Module::Named> parts_;
  std::vector<bool> before_;
};

void require(const Gpt& model, const Tensor& prompt, const GenerateOptions& options) {
  if (prompt.dtype() != Dtype::i64 || prompt.rank() != 2 || prompt.size(1) < 1)
    raise("generate: found a prompt ", prompt.shape(), " of ", prompt.dtype(),
          ", expected i64 [n, t] of one token or more");
  if (options.tokens < 0 || options.top_k < 0 || !(options.temperature >= 0) ||
      !std::isfinite(options.temperature))
    raise("generate: found ", options.tokens, " tokens, temperature ", options.temperature,
          " and top_k ", options.top_k, ", expected 0 or more of each");
  if (options.top_k > model.options().vocabulary)
    raise("generate: found top_k ", options.top_k, ", expected at most the vocabulary of ",
          model.options().vocabulary);
}

/// A number in [0, 1) of 53 bits.
double uniform(const Philox::Words& words) {
  return (static_cast<double>(words[0] >> 5) * 0x1p26 + static_cast<double>(words[1] >> 6)) *
         0x1p-53;
}

/// Which token `random`, from [0, 1), chooses as softmax(logits / temperature) has it.
std::int64_t draw(std::span<const double> logits, const GenerateOptions& options, double random) {
  std::vector<std::int64_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  for (std::int64_t token : order)
    if (!std::isfinite(logits[static_cast<std::size_t>(token)]))
      raise("generate: found a logit of ", logits[static_cast<std::size_t>(token)], " for token ",
            token, ", expected finite ones");
  // The likeliest first; of equal ones that of the lower number.
  auto likelier = [&](std::int64_t a, std::int64_t b) {
    const double x = logits[static_cast<std::size_t>(a)], y = logits[static_cast<std::size_t>(b)];
    return x > y || (x == y && a < b);
  };
  if (options.temperature == 0) return *std::min_element(order.begin(), order.end(), likelier);
  const double highest = *std::max_element(logits.begin(), logits.end());
  if (options.top_k > 0) {
    std::partial_sort(order.begin(), order.begin() + options.top_k, order.end(), likelier);
    order.resize(static_cast<std::size_t>(options.top_k));
  }
  std::vector<double> reached;
  double sum = 0;
  for (std::int64_t token : order)
    reached.push_back(
        sum += std::exp((logits[static_cast<std::size_t>(token)] - highest) / options.temperature));
  const auto place = std::upper_bound(reached.begin(), reached.end(), random * sum);
  return order[std::min(static_cast<std::size_t>(place - reached.begin()), order.size() - 1)];
}

}  // namespace

Tensor generate(const Gpt& model, const Tensor& prompt, const GenerateOptions& options) {
  require(model, prompt, options);
  const NoGrad no_grad;
  const Evaluation evaluation(model);
  const std::int64_t n = prompt.size(0), t = prompt.size(1), context = model.options().context;
  const Tensor all({n, t + options.tokens}, Dtype::i64, Device::cpu());
  all.slice(1, 0, t).copy_from(prompt.to(Device::cpu()));
  const KeyValueCache cache = model.make_cache();
  const Philox philox(options.seed);
  std::int64_t read = 0;  // the cache holds the tokens before this one
  for (std::int64_t i = 0; i < options.tokens; ++i) {
    const std::int64_t length = t + i;
    if (length - read + cache.length() > context) {
      // Positions count from the first token that is seen: all have moved.
      cache.clear();
      read = std::max<std::int64_t>(0, length - context);
    }
    const Tensor fresh = all.slice(1, read, length).contiguous().to(prompt.device());
    const Tensor last = model(fresh, cache).value().slice(1, length - read - 1, length - read);
    read = length;
    const std::vector<double> logits = last.to(Dtype::f64).to_vector<double>();
    const std::size_t vocabulary =
        logits.size() / static_cast<std::size_t>(std::max<std::int64_t>(1, n));
    std::vector<std::int64_t> drawn;
    for (std::int64_t row = 0; row < n; ++row) {
      const auto words = philox.at(static_cast<std::uint64_t>(row), static_cast<std::uint64_t>(i));
      drawn.push_back(
          draw(std::span(logits).subspan(static_cast<std::size_t>(row) * vocabulary, vocabulary),
               options, uniform(words)));
    }
    all.slice(1, length, length + 1).copy_from(Tensor::from(drawn, {n, 1}));
  }
  return all.to(prompt.device());
}

}  // namespace tutti::nn
