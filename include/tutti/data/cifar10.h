// CIFAR-10, binary version.
#pragma once

#include <array>
#include <filesystem>

#include "tutti/data/image_set.h"
#include "tutti/data/split.h"

namespace tutti::data {

struct Cifar10Options {
  /// Of the training images' red, green and blue.
  std::array<Normalisation, 3> normalisation{
      {{0.4914f, 0.2470f}, {0.4822f, 0.2435f}, {0.4465f, 0.2616f}}};
};

/// Images [3, 32, 32] in ten classes from `directory`: all its data_batch_N.bin in the order of N,
/// or test_batch.bin. A record is a label byte and 3072 pixel bytes. Reads them once, at
/// construction. Error naming the file for one that is missing, empty, not made of whole records,
/// or with a label above 9.
/// Source of the format: Krizhevsky: "Learning multiple layers of features from tiny images", 2009,
/// and https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version".
class Cifar10 : public ImageSet {
 public:
  Cifar10(const std::filesystem::path& directory, Split split, const Cifar10Options& options = {});
};

}  // namespace tutti::data
