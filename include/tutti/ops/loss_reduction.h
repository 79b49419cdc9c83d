// How the losses of a batch's elements become one number.
#pragma once

namespace tutti {

/// mean: divided by what counts. sum: divided by 1, which is handed to the open shard: a step's
/// gradient is then the sum over all its shards, divided by their number.
enum class LossReduction { mean, sum };

}  // namespace tutti
