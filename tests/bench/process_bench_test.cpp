// tutti-bench as its users run it.
#include <unistd.h>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/catch.h"
#include "support/process.h"
#include "tutti/base/error.h"

using namespace tutti;
using namespace tutti::test;

namespace {

// Beside the programs of the tests.
const std::string tool = "../../bench/tutti-bench ";

std::string temporary(const std::string& extension) {
  return (std::filesystem::temp_directory_path() / text("tutti-bench-", getpid(), extension))
      .string();
}

std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Runs a program that writes JSON, and reads that.
struct Run {
  Run(int ranks, const std::string& program) {
    const std::string path = temporary(".json");
    outcome = run_ranks(ranks, program + " --json " + path);
    const std::string json = read(path);
    std::remove(path.c_str());
    if (!json.empty()) rows = nlohmann::json::parse(json);
  }
  Outcome outcome;
  nlohmann::json rows;
};

void check_row(const nlohmann::json& row, int ranks) {
  INFO(row.dump(1));
  for (const char* key :
       {"collective", "algorithm", "memory", "dtype", "op", "ranks", "bytes", "in_place", "time_us",
        "p99_us", "algbw", "busbw", "floor_percent", "wrong", "peer", "peer_time_us", "ratio"})
    CHECK(row.contains(key));
  CHECK(row["ranks"] == ranks);
  CHECK(row["wrong"] == 0);
  const double time = row["time_us"], peer_time = row["peer_time_us"];
  CHECK(time > 0);
  CHECK(row["p99_us"].get<double>() >= time);
  CHECK(row["ratio"].get<double>() == Approx(peer_time / time));
  CHECK(row["algbw"].get<double>() == Approx(row["bytes"].get<double>() / time * 1e-3));
}

}  // namespace

TEST_CASE("each collective is verified and timed beside MPI's", "[bench]") {
  struct {
    const char* name;
    const char* options;
    std::size_t rows;
    double bus_factor[4];  // by ranks
  } const cases[] = {
      {"all_reduce", " -b 8 -e 64K -f 32", 6, {0, 0, 1, 4.0 / 3}},
      {"all_reduce", " -b 64K -e 64K --memory heap", 2, {0, 0, 1, 4.0 / 3}},
      {"broadcast", " -b 96 -e 96K -f 32 -r 1", 3, {0, 0, 1, 1}},
      {"all_gather", " -b 96 -e 96K -f 32", 6, {0, 0, 0.5, 2.0 / 3}},
      {"gather", " -b 96 -e 96K -f 32 -r 1", 6, {0, 0, 0.5, 2.0 / 3}},
      {"scatter", " -b 96 -e 96K -f 32 -r 1", 6, {0, 0, 0.5, 2.0 / 3}},
      {"all_to_all", " -b 96 -e 96K -f 32", 6, {0, 0, 0.5, 2.0 / 3}},
      {"reduce", " -b 96 -e 96K -f 32 -r 1", 6, {0, 0, 1, 1}},
      {"reduce_scatter", " -b 96 -e 96K -f 32", 6, {0, 0, 0.5, 2.0 / 3}},
      {"barrier", "", 1, {0, 0, 0, 0}},
  };
  for (int ranks : {2, 3})
    for (const auto& each : cases) {
      const Run run(ranks, tool + each.name + each.options + " -n 3 --vs mpi");
      INFO(each.name << each.options << "\n" << run.outcome.output);
      REQUIRE(run.outcome.exit_code == 0);
      CHECK(occurrences(run.outcome.output, "# Wrong values: 0 OK") == 1);
      CHECK(occurrences(run.outcome.output, "# MPI as it runs here: MPI_THREAD_") == 1);
      CHECK(run.rows.size() == each.rows);
      for (const auto& row : run.rows) {
        check_row(row, ranks);
        CHECK(row["collective"] == each.name);
        CHECK(row["busbw"].get<double>() ==
              Approx(row["algbw"].get<double>() * each.bus_factor[ranks]));
      }
    }
}

TEST_CASE("every dtype with every operator is verified", "[bench]") {
  const Run run(3, tool + "all_reduce -b 9000 -e 9000 -d all -o all -n 1 -w 0 --vs mpi");
  INFO(run.outcome.output);
  REQUIRE(run.outcome.exit_code == 0);
  CHECK(run.rows.size() == 2 * (7 * 5 - 3));  // integers have no average
  for (const auto& row : run.rows) check_row(row, 3);
}

TEST_CASE("all algorithms that fit have rows, and one of them is chosen", "[bench]") {
  const Run run(2, tool + "all_reduce -b 8K -e 8K --algorithm all --order any -n 1");
  INFO(run.outcome.output);
  REQUIRE(run.outcome.exit_code == 0);
  std::vector<std::string> names;
  int chosen = 0;
  for (const auto& row : run.rows) {
    if (row["in_place"]) names.push_back(row["algorithm"]);
    if (row["in_place"]) chosen += row["chosen"].get<bool>();
  }
  CHECK(chosen == 1);
  for (const char* name : {"one_shot", "direct", "double_tree", "ring", "vendor"})
    CHECK(std::count(names.begin(), names.end(), name) == 1);
  CHECK(run.rows.size() == 2 * names.size());  // each out of place as well
}

TEST_CASE("sweeps are shown one after another, and each row is in the files once", "[bench]") {
  const Run run(2, tool + "all_reduce -b 8 -e 64 -f 8 -n 1 -w 0 --sweeps 3 --vs mpi");
  INFO(run.outcome.output);
  REQUIRE(run.outcome.exit_code == 0);
  for (const char* line : {"# Sweep 1 of 3", "# Sweep 3 of 3",
                           "# Each size and place from the sweep with the median ratio"})
    CHECK(occurrences(run.outcome.output, line) == 1);
  CHECK(run.rows.size() == 4);
  for (const auto& row : run.rows) check_row(row, 2);
}

TEST_CASE("the floor is known for both memories", "[bench]") {
  for (const char* memory : {"symmetric", "heap"}) {
    const Run run(2, tool + "all_reduce -b 8 -e 8 --memory " + memory);
    INFO(run.outcome.output);
    REQUIRE(run.rows.size() == 2);
    for (const auto& row : run.rows) {
      CHECK(row["floor_percent"].get<double>() > 0);
      CHECK(row["memory"] == memory);
    }
  }
}

TEST_CASE("rows name the memory that was there", "[bench]") {
  const Run run(1, tool + "all_reduce -b 8 -e 8 -n 1 --memory symmetric");
  INFO(run.outcome.output);
  CHECK(run.outcome.exit_code == 0);
  CHECK(occurrences(run.outcome.output, "1 ranks on 1 node, memory heap") == 1);
  for (const auto& row : run.rows) CHECK(row["memory"] == "heap");  // one rank shares none
}

TEST_CASE("a wrong result has no time and ends in exit code 1", "[bench]") {
  const Run ours(2, "wrong_collective ours -b 64 -e 64 -n 1 --vs mpi");
  INFO(ours.outcome.output);
  CHECK(ours.outcome.exit_code == 1);
  CHECK(occurrences(ours.outcome.output, "# Wrong values: 2 FAILED") == 1);  // one in each form
  REQUIRE(ours.rows.size() == 2);
  for (const auto& row : ours.rows) {
    CHECK(row["wrong"] == 1);
    for (const char* key : {"time_us", "p99_us", "algbw", "busbw", "floor_percent", "ratio"})
      CHECK(row[key].is_null());
    CHECK(row["peer_time_us"].is_number());
  }

  const Run peer(2, "wrong_collective mpi -b 64 -e 64 -n 1 --vs mpi");
  INFO(peer.outcome.output);
  CHECK(peer.outcome.exit_code == 1);
  REQUIRE(peer.rows.size() == 2);
  for (const auto& row : peer.rows) {
    CHECK(row["wrong"] == 0);
    CHECK(row["time_us"].is_number());
    CHECK(row["peer_time_us"].is_null());
    CHECK(row["ratio"].is_null());
  }
}

TEST_CASE("the plot has a line for each algorithm, for the peer and for the floor", "[bench]") {
  const std::string path = temporary(".svg");
  const Outcome outcome =
      run_ranks(2, tool + "all_reduce -b 1K -e 4K --algorithm all -n 1 --vs mpi --plot " + path);
  const std::string svg = read(path);
  std::remove(path.c_str());
  INFO(outcome.output << svg);
  CHECK(outcome.exit_code == 0);
  for (const char* label :
       {"direct", "one_shot", "mpi", "floor", "size (bytes)", "4K", "bus bandwidth (GB/s)"})
    CHECK(occurrences(svg, text(">", label, "</text>")) == 1);
  CHECK(occurrences(svg, "</svg>") == 1);
}

TEST_CASE("memory gives three bandwidths for each size", "[bench]") {
  const Run run(2, tool + "memory -b 16K -e 256K -f 4 -n 2");
  INFO(run.outcome.output);
  REQUIRE(run.outcome.exit_code == 0);
  CHECK(run.rows.size() == 3);
  for (const auto& row : run.rows)
    for (const char* key : {"load", "store", "streaming_store"}) CHECK(row[key].get<double>() > 0);
}

TEST_CASE("a simulation is made and shown by one rank", "[bench]") {
  const std::string path = temporary(".topology.json");
  std::ofstream(path) << R"({"levels": [{"latency": 1e-6, "bandwidth": 1e9}]})";
  const Run run(2, tool + "simulate --ranks 4 -b 8 -e 64 --algorithm ring --topology " + path);
  std::remove(path.c_str());
  INFO(run.outcome.output);
  CHECK(run.outcome.exit_code == 0);
  CHECK(occurrences(run.outcome.output, "on 4 simulated ranks") == 1);
  REQUIRE(run.rows.size() == 2);
  for (const auto& row : run.rows) CHECK(row["time_us"].get<double>() > 6);  // 6 latencies
}

TEST_CASE("this machine is described, and the description compared with it", "[bench]") {
  const std::string path = temporary(".here.json");
  const std::string sizes = " -b 8 -e 64 -f 8";
  const Outcome calibrated = run_ranks(2, tool + "simulate --calibrate " + path + sizes);
  const Outcome compared = run_ranks(2, tool + "simulate --compare --topology " + path + sizes);
  std::remove(path.c_str());
  INFO(calibrated.output << compared.output);
  CHECK(calibrated.exit_code == 0);
  CHECK(occurrences(calibrated.output, "# wrote ") == 1);
  CHECK(compared.exit_code == 0);
  CHECK(occurrences(compared.output, "  ring ") == 2);
  CHECK(occurrences(compared.output, "# largest error") == 1);
}

TEST_CASE("a wrong command line ends in one message", "[bench]") {
  const std::pair<const char*, const char*> cases[] = {
      {"all_reduce -b 8Q", "found -b 8Q, expected a number of bytes"},
      {"all_reduce -b 1K -e 8", "found -e 8 below -b 1024"},
      {"all_reduce --algorithm bucket",
       "found --algorithm bucket, expected all or one of one_shot"},
      {"all_reduce -d i32 -o average", "found an average of i32"},
      {"all_reduce -b 1M -e 1M --algorithm one_shot", "found nothing to measure"},
      {"all_reduce -c 0", "-c: found 0, expected a number from 1 up"},
      {"all_reduce --json /no/such/folder/rows.json", "cannot write /no/such/folder/rows.json"},
      {"memory --json /no/such/folder/rows.json", "cannot write /no/such/folder/rows.json"},
      {"memory -b 8", "found -b 8, expected at least 256 bytes"},
      {"simulate", "found no --topology FILE"},
      {"simulate -e 8E", "found -e 8E, expected a number of bytes"},
      {"simulate --calibrate /no/such/folder/a.json", "cannot write /no/such/folder/a.json"},
      {"simulate --calibrate a.json --json b.json", "excludes"},
      {"gossip", "found gossip, expected one of all_reduce"},
      {"", "found nothing, expected one of all_reduce"},
  };
  for (const auto& [arguments, message] : cases) {
    const Outcome outcome = run_ranks(2, tool + arguments);
    INFO(arguments << "\n" << outcome.output);
    CHECK(outcome.exit_code == 1);
    CHECK(occurrences(outcome.output, "tutti: ") == 1);
    CHECK(occurrences(outcome.output, message) == 1);
  }
  const Outcome help = run_ranks(2, tool + "all_reduce --help");
  CHECK(help.exit_code == 0);
  CHECK(occurrences(help.output, "Usage: tutti-bench all_reduce") == 1);
}

TEST_CASE("bits shows one hash for all canonical rows", "[bench]") {
  const Outcome outcome = run_ranks(3, tool + "bits -n 3 --count 3001");
  INFO(outcome.output);
  REQUIRE(outcome.exit_code == 0);
  std::istringstream lines(outcome.output);
  std::string line, shared;
  int canonical = 0;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string name, claims, hash, on_ranks, in_runs, when_split;
    words >> name >> claims >> hash >> on_ranks >> in_runs >> when_split;
    if (claims != "yes") continue;
    INFO(line);
    if (canonical++ == 0) shared = hash;
    CHECK(hash.size() == 16);
    CHECK(hash == shared);
    CHECK(on_ranks + in_runs + when_split == "samesamesame");
  }
  CHECK(canonical >= 6);
  CHECK(outcome.output.find("MPI_Allreduce") != std::string::npos);
}
