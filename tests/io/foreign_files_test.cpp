// Files that the safetensors package wrote: tests/io/data/make.py.
#include "bytes.h"
#include "support/catch.h"
#include "tutti/io/safetensors.h"
#include "tutti/io/safetensors_file.h"

using namespace tutti;
using namespace tutti::test;
using io::SafetensorsFile;

namespace {

std::filesystem::path data(const std::string& name) {
  return std::filesystem::path(TUTTI_TEST_IO_DATA) / (name + ".safetensors");
}

std::vector<double> values(const Tensor& tensor) {
  return tensor.to(Dtype::f64).to_vector<double>();
}

}  // namespace

TEST_CASE("arrays that the package wrote are read") {
  const SafetensorsFile file(data("numpy"));
  const std::map<std::string, Dtype> dtypes{{"F64", Dtype::f64}, {"F32", Dtype::f32},
                                            {"F16", Dtype::f16}, {"I64", Dtype::i64},
                                            {"I32", Dtype::i32}, {"U8", Dtype::u8}};
  const std::vector<Shape> shapes{{}, {5}, {3, 2}, {2, 0, 4}};
  CHECK(file.entries().size() == dtypes.size() * shapes.size());
  for (const auto& [name, dtype] : dtypes)
    for (std::size_t rank = 0; rank < shapes.size(); ++rank) {
      const Tensor tensor = file.tensor(text(name, '.', rank));
      INFO(name << ' ' << rank);
      CHECK(tensor.dtype() == dtype);
      CHECK(tensor.shape() == shapes[rank]);
      std::vector<double> expected;
      for (std::int64_t i = 0; i < shapes[rank].count(); ++i)
        expected.push_back(static_cast<double>(i));
      CHECK(values(tensor) == expected);
    }
  CHECK(file.metadata() == std::map<std::string, std::string>{{"by", "\xc3\xa9 \"numpy\"\n"}});
  CHECK(io::load(data("numpy")).size() == file.entries().size());
}

TEST_CASE("tensors of PyTorch are read, also beside dtypes that we have not") {
  const SafetensorsFile file(data("torch"));
  CHECK(values(file.tensor("weight")) == std::vector<double>{0, 1, 2, 3, 4, 5});
  CHECK(file.tensor("weight").shape() == Shape{2, 3});
  CHECK(file.tensor("half").dtype() == Dtype::bf16);
  CHECK(values(file.tensor("half")) == std::vector<double>{1.5, -2});
  CHECK(file.tensor("\xc3\xbcn\xc3\xaf"
                    "code\t")
            .item() == -7);
  CHECK(file.at("mask").dtype == "BOOL");
  CHECK(file.at("small").dtype == "I8");
  CHECK(file.metadata() == std::map<std::string, std::string>{{"format", "pt"}});
  CHECK(io::load(data("empty")).empty());
}

// The package orders tensors by their dtype, then by name; so is this state.
TEST_CASE("the same tensors give the package's own bytes") {
  TemporaryDirectory folder;
  const SafetensorsFile file(data("numpy"));
  io::save(folder / "x", io::load(data("numpy")), {.metadata = file.metadata()});
  CHECK(read(folder / "x") == read(data("numpy")));
  io::save(folder / "x", {});
  CHECK(read(folder / "x") == read(data("empty")));
}
