// Samples that leave their weights in a file, and others that start from it.
#include <fstream>
#include <regex>

#include "support/catch.h"
#include "support/files.h"
#include "support/process.h"

using namespace tutti;
using namespace tutti::test;

namespace {

// The digest that the sample prints.
std::string weights_of(int ranks, const std::string& sample) {
  const Outcome outcome = run_ranks(ranks, "../../samples/" + sample);
  INFO(outcome.output);
  REQUIRE(outcome.exit_code == 0);
  std::smatch found;
  REQUIRE(std::regex_search(outcome.output, found, std::regex("result .*weights=([0-9a-f]{64})")));
  return found[1];
}

std::string failure_of(const std::string& sample) {
  const Outcome outcome = run_ranks(2, "../../samples/" + sample);
  CHECK(outcome.exit_code != 0);
  CHECK(occurrences(outcome.output, "result ") == 0);
  return outcome.output;
}

}  // namespace

TEST_CASE("a sample goes on from what another run of it has saved, on any number of ranks") {
  TemporaryDirectory folder;
  const std::string file = (folder / "model.safetensors").string();
  struct Case {
    std::string sample, train, rest;
  };
  const std::string small = "chargpt --generate 0 --layers 1 --width 8 --heads 2 --data ";
  std::ofstream(folder / "text") << std::string(2000, 'a') + std::string(2000, '\xff');
  const std::vector<Case> cases{{"plain_loop", " --steps 5", " --steps 0"},
                                {"plain_loop --wrapped", " --steps 5", " --steps 0"},
                                {"mnist", " --steps 2", " --epochs 0"},
                                {small + (folder / "text").string(), " --steps 2", " --steps 0"}};
  for (const Case& one : cases) {
    const std::string trained = weights_of(2, one.sample + one.train + " --save " + file);
    CHECK(weights_of(3, one.sample + one.rest + " --load " + file) == trained);
  }
  // The last file is of a model of these two characters.
  std::ofstream(folder / "text") << std::string(2000, 'a') + std::string(2000, 'b');
  CHECK(contains(failure_of(cases.back().sample + " --load " + file),
                 "--load " + file + ": found a model of other characters than this run has"));
  CHECK(contains(failure_of("mnist --load " + file), "missing 0.weight, 0.bias"));
}

TEST_CASE("files that cannot be read or written end a sample before it trains") {
  TemporaryDirectory folder;
  const std::string nowhere = (folder / "no" / "x").string();
  CHECK(contains(failure_of("plain_loop --load " + nowhere),
                 "cannot read " + nowhere + " (No such file or directory)"));
  CHECK(contains(failure_of("plain_loop --save " + nowhere),
                 "--save " + nowhere + ": found no folder"));
}
