// Reports of data sets that would not load, and of samples that came twice or never.
#include "on_ranks.h"
#include "support/files.h"
#include "tutti/data/loader.h"
#include "tutti/data/mnist.h"
#include "tutti/data/tensor_dataset.h"
#include "tutti/nn/linear.h"
#include "tutti/parallel/data_parallel.h"

using namespace tutti;
using namespace tutti::test;
using data::Mnist;
using data::Split;

namespace {

const std::string images_name = "train-images-idx3-ubyte", labels_name = "train-labels-idx1-ubyte";
const Bytes images = idx({2, 2, 2}, {0, 255, 1, 2, 3, 4, 5, 6}), labels = idx({2}, {7, 9});

// What reading a directory of these two files says.
std::string reading(const std::string& images_file, const Bytes& image_bytes,
                    const Bytes& label_bytes = labels, const data::MnistOptions& options = {}) {
  TemporaryDirectory directory;
  write(directory / images_file, image_bytes);
  write(directory / labels_name, label_bytes);
  return error_of([&] {
    Mnist read(directory.path(), Split::train, options);
    if (read.size() != 2 || read.pixels(0)[1] != 255) raise("found other samples");
  });
}

}  // namespace

// myleott/mnist_png#3, pytorch/vision#2630
TEST_CASE("EMNIST's letters, labels 1 to 26") {
  const Bytes letters = idx({2}, {1, 26});
  const std::string message = reading(images_name, images, letters);
  CHECK_THAT(message, Catch::Contains("found label 26 at offset 9, expected 0 to 9"));
  CHECK_THAT(message, Catch::Contains("MnistOptions{.classes = 27}"));
  CHECK_THAT(message, !Catch::Contains("download"));
  CHECK(reading(images_name, images, letters, {.classes = 27}) == "");
}

// tolstikhin/adagan#1
TEST_CASE("a gzip file without its suffix") {
  CHECK(reading(images_name, gzip(images)) == "");
}

// datapythonista/mnist#19
TEST_CASE("an empty file, and one whose CRC does not fit") {
  CHECK_THAT(reading(images_name, {}),
             Catch::Contains(images_name + ": truncated at offset 0: found 0 bytes, expected 4"));
  Bytes damaged = gzip(images);
  damaged[damaged.size() - 8] ^= 1;
  CHECK_THAT(reading(images_name + ".gz", damaged),
             Catch::Contains(images_name + ".gz: corrupt gzip stream: found incorrect data check"));
}

// apache/mxnet#4285
TEST_CASE("files that were unpacked under dotted names") {
  const std::string message = reading("train-images.idx3-ubyte", images);
  CHECK_THAT(message, Catch::Contains("found neither "));
  CHECK_THAT(message, Catch::Contains("/" + images_name + " nor "));
}

// NVlabs/LongLive#71
TEST_CASE("a sampler's seed that differs among ranks") {
  expect_named(
      [](Communicator& world) {
        data::DistributedSampler(
            100, {.batch = 4, .seed = static_cast<std::uint64_t>(world.rank())}, world);
      },
      "rank 1 has seed 1, rank 0 has 0");
}

// pytorch/pytorch#45324, pytorch/pytorch#49172
TEST_CASE("a data set that is smaller than the ranks are many") {
  expect_right([](Communicator& world) {
    data::TensorDataset one{{"x", Tensor::full({1, 3}, 5)}};
    nn::Linear model(3, 1);
    model.initialise(1);
    parallel::DataParallel parallel_model(world, model);
    std::int64_t steps = 0;
    for (auto& step : data::Loader(one, data::DistributedSampler(1, {.batch = 4}, world))) {
      ++steps;
      for (const data::Batch& batch : step) mean(parallel_model(batch["x"])).backward();
    }
    if (steps != 1) raise("found ", steps, " steps, expected 1");
    for (float gradient : model.weight().grad().to_vector<float>())
      if (gradient != 5) raise("found ", gradient, ", expected the one sample's, 5");
  });
}
