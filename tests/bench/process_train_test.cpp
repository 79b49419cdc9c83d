// tutti-bench train and overhead as their users run them.
#include <regex>

#include "support/catch.h"
#include "support/process.h"

using namespace tutti;
using namespace tutti::test;

namespace {

const std::string tool = "../../bench/tutti-bench ";

}  // namespace

TEST_CASE("each model trains, and one line says how quick", "[bench]") {
  for (const std::string model : {"chargpt", "mnist", "resnet", "lstm", "mlp", "bigmlp"}) {
    const int ranks = model == "mlp" ? 2 : 1;
    const Outcome outcome = run_ranks(ranks, tool + "train " + model + " --steps 2 --warmup 1");
    INFO(outcome.output);
    CHECK(outcome.exit_code == 0);
    std::smatch line;
    const std::regex expected("train model=" + model + " ranks=" + std::to_string(ranks) +
                              " ms_per_step=([0-9.]+) p99=([0-9.]+) samples_per_second=[0-9]+"
                              " memory_mib=[0-9]+ rss_mib=[0-9]+ steps=2\n");
    REQUIRE(std::regex_search(outcome.output, line, expected));
    CHECK(std::stod(line[1]) > 0);
    CHECK(std::stod(line[2]) >= std::stod(line[1]));
    CHECK(occurrences(outcome.output, "train model=") == 1);
  }
}

TEST_CASE("a training says what its ops took", "[bench]") {
  const Outcome outcome = run_ranks(2, tool + "train mlp --steps 2 --warmup 1 --by-op");
  INFO(outcome.output);
  CHECK(outcome.exit_code == 0);
  for (const char* row : {"\n  linear  ", "\n  cross_entropy  ", "\n  the rest  "})
    CHECK(occurrences(outcome.output, row) == 1);
}

TEST_CASE("a wrong training ends in one message", "[bench]") {
  const std::pair<const char*, const char*> cases[] = {
      {"train", "found no MODEL, expected one of chargpt mnist resnet lstm mlp bigmlp"},
      {"train vgg", "found the MODEL vgg, expected one of chargpt mnist resnet lstm mlp bigmlp"},
      {"train mlp --steps 0", "--steps: found 0, expected a number from 1 up"},
      {"train mlp --warmup few", "--warmup: found few, expected a number from 0 up"},
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
