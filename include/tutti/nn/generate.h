// Sequences that a language model writes on.
#pragma once

#include "tutti/nn/gpt.h"

namespace tutti::nn {

struct GenerateOptions {
  std::int64_t tokens = 100;  ///< how many to add
  double temperature = 1;     ///< what logits are divided by; 0: always the likeliest token
  std::int64_t top_k = 0;     ///< draws from this many of the likeliest tokens; 0: from all
  std::uint64_t seed = 0;
};

/// prompt i64 [n, t], t from 1 up, and what the model writes after it: i64 [n, t + tokens], on the
/// prompt's device, which is the model's. Each token is drawn from the logits that follow the
/// last `context` tokens, kept in a KeyValueCache as long as all fit. Token i of row r depends on
/// (seed, r, i) and its logits alone. The model is in evaluation mode meanwhile. Local; waits for
/// the device at each token. Error for options out of range and logits that are not finite.
Tensor generate(const Gpt& model, const Tensor& prompt, const GenerateOptions& options = {});

}  // namespace tutti::nn
