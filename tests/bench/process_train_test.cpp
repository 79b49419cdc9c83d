// tutti-bench train, ops and overhead as their users run them.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "support/catch.h"
#include "support/process.h"
#include "tutti/base/error.h"

using namespace tutti;
using namespace tutti::test;

namespace {

const std::string tool = "../../bench/tutti-bench ";

// A name for a file, which is removed at the end.
struct File {
  explicit File(const std::string& extension)
      : path((std::filesystem::temp_directory_path() / text("tutti-train-", getpid(), extension))
                 .string()) {}
  ~File() { std::remove(path.c_str()); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  std::string contents() const {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string path;
};

}  // namespace

TEST_CASE("each model trains, and one line says how quick", "[bench]") {
  for (const std::string model : {"gpt", "cnn", "resnet", "lstm", "mlp", "bigmlp"}) {
    const int ranks = model == "mlp" ? 2 : 1;
    const Outcome outcome =
        run_ranks(ranks, tool + "train --model " + model + " --steps 2 --warmup 1");
    INFO(outcome.output);
    CHECK(outcome.exit_code == 0);
    std::smatch line;
    const std::regex expected("train model=" + model + " ranks=" + std::to_string(ranks) +
                              " ms_per_step=([0-9.]+) p99=([0-9.]+) samples_per_second=[0-9]+"
                              " memory_mib=([0-9]+) rss_mib=([0-9]+) steps=2\n");
    REQUIRE(std::regex_search(outcome.output, line, expected));
    CHECK(std::stod(line[1]) > 0);
    CHECK(std::stod(line[2]) >= std::stod(line[1]));
    CHECK(std::stod(line[4]) >= std::stod(line[3]));  // a process has more than its tensors
    CHECK(occurrences(outcome.output, "train model=") == 1);
  }
}

TEST_CASE("a training says what its ops took", "[bench]") {
  const File json(".json"), plot(".svg");
  setenv("OMP_NUM_THREADS", "1", 1);  // products are those of one thread
  const Outcome outcome =
      run_ranks(2, tool + "train --model mlp --steps 2 --warmup 1 --by-op --json " + json.path +
                       " --plot " + plot.path);
  unsetenv("OMP_NUM_THREADS");
  INFO(outcome.output);
  CHECK(outcome.exit_code == 0);
  for (const char* row : {"\n  linear  ", "\n  cross_entropy  ", "\n  the rest  "})
    CHECK(occurrences(outcome.output, row) == 1);

  const auto figures = nlohmann::json::parse(json.contents());
  INFO(figures.dump(1));
  CHECK(figures["model"] == "mlp");
  CHECK(figures["steps"] == 2);
  CHECK(figures["p99_ms"].get<double>() >= figures["ms_per_step"].get<double>());
  CHECK(figures["ms_per_step"].get<double>() >= figures["forward_backward_ms"].get<double>());
  const auto linear =
      std::ranges::find(figures["by_op"], "linear", [](auto& row) { return row["op"]; });
  REQUIRE(linear != figures["by_op"].end());
  CHECK((*linear)["calls"] == 3);
  // 784-512-512-10 at 64 rows: forward, weights' gradients, and inputs' gradients but for the
  // first.
  CHECK(figures["products"]["operations"] ==
        2 * 64 * (2 * 784 * 512 + 3 * 512 * 512 + 3 * 512 * 10));
  CHECK(figures["products"]["best_ms"].get<double>() > 0);
  CHECK(occurrences(plot.contents(), "<polyline") == 1);
  CHECK(occurrences(plot.contents(), "mlp: milliseconds of each step</text>") == 1);
}

TEST_CASE("ops are shown beside their roof, once for all ranks", "[bench]") {
  const File json(".json");
  const Outcome outcome = run_ranks(2, tool + "ops --ops 'sum, of*' --runs 2 --json " + json.path);
  INFO(outcome.output);
  REQUIRE(outcome.exit_code == 0);
  CHECK(occurrences(outcome.output, "\nsum, of all ") == 1);
  CHECK(occurrences(outcome.output, "\nsum, first axis ") == 0);
  const auto figures = nlohmann::json::parse(json.contents());
  INFO(figures.dump(1));
  CHECK(figures["bandwidth"].get<double>() > 0);
  CHECK(figures["sgemm"]["Eigen"].get<double>() > 0);
  REQUIRE(figures["rows"].size() == 1);
  const auto& row = figures["rows"][0];
  CHECK(row["op"] == "sum, of all");
  CHECK(row["shapes"] == "[64, 256, 1024]");
  CHECK(row["forward"]["bytes"] == 4 * (64 * 256 * 1024 + 1));
  CHECK(row["forward"]["roof_ms"].get<double>() > 0);
  for (const char* pass : {"forward", "backward"}) CHECK(row[pass]["ms"].get<double>() > 0);
}

TEST_CASE("a wrong training ends in one message", "[bench]") {
  const std::pair<const char*, const char*> cases[] = {
      {"train", "found no --model, expected one of gpt cnn resnet lstm mlp bigmlp"},
      {"train --model vgg", "found --model vgg, expected one of gpt cnn resnet lstm mlp bigmlp"},
      {"train --model mlp --steps 0", "--steps: found 0, expected a number from 1 up"},
      {"train --model mlp --warmup few", "--warmup: found few, expected a number from 0 up"},
      {"train --model mlp --json no/x", "cannot write no/x; does its folder exist?"},
      {"ops --ops sine", "found no op that matches --ops sine, expected one of matmul; linear;"},
      {"ops --runs 0", "--runs: found 0, expected a number from 1 up"},
      {"overhead -n 0", "-n: found 0, expected a number from 1 up"},
  };
  for (const auto& [arguments, message] : cases) {
    const Outcome outcome = run_ranks(2, tool + arguments);
    INFO(arguments << "\n" << outcome.output);
    CHECK(outcome.exit_code == 1);
    CHECK(occurrences(outcome.output, "tutti: ") == 1);
    CHECK(occurrences(outcome.output, message) == 1);
  }
}

TEST_CASE("the overhead of three kinds of pass is shown, once for all ranks", "[bench]") {
  const Outcome outcome = run_ranks(2, tool + "overhead -n 3");
  INFO(outcome.output);
  REQUIRE(outcome.exit_code == 0);
  for (const std::string pass : {"record", "no-grad", "forward and backward"}) {
    std::smatch row;
    const std::regex expected("\n +" + pass + " +([0-9.]+) +([0-9.]+)\n");
    REQUIRE(std::regex_search(outcome.output, row, expected));
    CHECK(std::stod(row[1]) > 0);
    CHECK(std::stod(row[2]) > 0);  // a result is a handle on shared state
    CHECK(occurrences(outcome.output, " " + pass + " ") == 1);
  }
}
