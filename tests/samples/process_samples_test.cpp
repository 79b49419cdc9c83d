// Each sample, briefly: one digest on any number of ranks, curves, and what options cannot be.
#include <fstream>
#include <regex>

#include "support/catch.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/process.h"

using namespace tutti;
using namespace tutti::test;

namespace {

struct Sample {
  std::string name, options;
};

// Tiny ones, of 4 shards a step.
std::vector<Sample> samples(const TemporaryDirectory& folder) {
  const std::string text = (folder / "text").string();
  std::ofstream(text) << std::string(900, 'a') + "bcd" + std::string(900, 'e');
  return {
      {"mnist", "--steps 2 --batch 3"},
      {"chargpt",
       "--bf16 --steps 2 --batch 8 --layers 1 --heads 2 --width 8 --context 8 "
       "--generate 3 --data " +
           text},
      {"lstm", "--steps 2 --batch 8 --layers 2 --width 8 --context 8 --data " + text},
      {"cifar", "--steps 2 --batch 16 --depth 8"},
      {"cifar", "--model vit --steps 2 --batch 16 --depth 1"},
      {"pinn", "--steps 2 --points 32 --layers 2 --width 8"},
      {"forecast", "--steps 2 --batch 8 --width 8 --past 12"},
  };
}

Job job(int ranks, const Sample& sample, const std::string& more) {
  return {ranks, "../../samples/" + sample.name + " " + sample.options + " --shards 4 " + more};
}

std::string weights_of(const Outcome& outcome) {
  INFO(outcome.output);
  REQUIRE(outcome.exit_code == 0);
  std::smatch found;
  REQUIRE(std::regex_search(outcome.output, found, std::regex("result .*weights=([0-9a-f]{64})")));
  return found[1];
}

}  // namespace

TEST_CASE("a sample ends in the same weights on 1, 2 and 4 ranks, and draws its curves") {
  const TemporaryDirectory folder;
  for (const Sample& sample : samples(folder)) {
    INFO(sample.name);
    const std::string plot = (folder / (sample.name + ".svg")).string();
    const auto outcomes =
        run_jobs({job(1, sample, "--plot " + plot), job(2, sample, ""), job(4, sample, "")});
    const std::string one = weights_of(outcomes[0]);
    CHECK(weights_of(outcomes[1]) == one);
    CHECK(weights_of(outcomes[2]) == one);
    std::stringstream drawn;
    drawn << std::ifstream(plot).rdbuf();
    CHECK(contains(drawn.str(), "loss"));
    CHECK(drawn.str().ends_with("</svg>\n"));
  }
}

TEST_CASE("chargpt ends in the same weights where its blocks are checkpointed") {
  const TemporaryDirectory folder;
  const Sample chargpt = samples(folder)[1];
  REQUIRE(chargpt.name == "chargpt");
  const auto outcomes =
      run_jobs({job(1, chargpt, "--dropout 0.2"), job(2, chargpt, "--dropout 0.2 --checkpoint"),
                job(2, chargpt, "")});
  CHECK(weights_of(outcomes[1]) == weights_of(outcomes[0]));
  CHECK(weights_of(outcomes[2]) != weights_of(outcomes[0]));
}

TEST_CASE("a loss that is not finite ends a sample after the step that had it") {
  const Outcome outcome = run_ranks(2, "../../samples/pinn --steps 9 --points 32 --lr 1e9");
  CHECK(outcome.exit_code == 1);
  CHECK(contains(outcome.output, "expected a finite one; choose a smaller --lr"));
  CHECK(occurrences(outcome.output, "result ") == 0);
}

TEST_CASE("what a sample cannot do is said before it trains") {
  const TemporaryDirectory folder;
  for (const Sample& sample : samples(folder)) {
    INFO(sample.name);
    const auto outcomes = run_jobs(
        {job(2, sample, "--plot " + (folder / "no" / "x.svg").string()), job(2, sample, "--lr x")});
    const Outcome &nowhere = outcomes[0], &bad = outcomes[1];
    CHECK(nowhere.exit_code == 1);
    CHECK(contains(nowhere.output, "found no file that can be written"));
    CHECK(occurrences(nowhere.output, "result ") == 0);
    CHECK(bad.exit_code == 1);
    CHECK(contains(bad.output, "found x, expected a number from 0 to 1e9"));
  }
}

TEST_CASE("the default of what a step reads is rounded up to equal shards, what is given is not") {
  const std::string three = "../../samples/pinn --steps 1 --layers 1 --width 4";
  const auto outcomes =
      run_jobs({{3, three}, {3, three + " --points 2048"}, {1, three + " --help"}});
  INFO(outcomes[0].output << outcomes[1].output << outcomes[2].output);
  weights_of(outcomes[0]);
  CHECK(contains(outcomes[0].output, "3 shards of 683 on 3 ranks"));
  CHECK(outcomes[1].exit_code == 1);
  CHECK(contains(outcomes[1].output,
                 "found --points 2048 and 3 shards, expected equally many in "
                 "each; choose --points 2049, or other --shards"));
  CHECK(contains(outcomes[2].output, "rounded"));
}
