// MNIST, Fashion-MNIST and whatever else comes in the same files.
#pragma once

#include <filesystem>

#include "tutti/data/image_set.h"
#include "tutti/data/split.h"

namespace tutti::data {

struct MnistOptions {
  Normalisation normalisation{.mean = 0.1307f, .stddev = 0.3081f};  ///< of MNIST's training images
  std::int64_t classes = 10;  ///< labels are below; EMNIST's letters, 1 to 26, take 27
};

/// Images [1, h, w] in options.classes from the IDX files train-images-idx3-ubyte and
/// train-labels-idx1-ubyte (t10k-... for the test split) of `directory`, each as it is or as .gz.
/// Reads them once, at construction. Error naming the file for one that is missing, truncated,
/// too long, corrupt, of another kind, or out of step with its partner.
/// Source of the format: LeCun, Cortes, Burges: "The MNIST database of handwritten digits".
class Mnist : public ImageSet {
 public:
  Mnist(const std::filesystem::path& directory, Split split, const MnistOptions& options = {});
};

}  // namespace tutti::data
