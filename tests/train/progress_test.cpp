// The progress line, where stderr is no terminal.
#include "tutti/train/progress.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "support/catch.h"
#include "support/files.h"

using namespace tutti;

namespace {

// What `f` writes to stderr.
template <class F>
std::string written_by(const F& f) {
  const test::TemporaryDirectory folder;
  const std::string path = (folder / "stderr").string();
  const int file = open(path.c_str(), O_CREAT | O_RDWR, 0600), before = dup(2);
  std::fflush(stderr);
  dup2(file, 2);
  f();
  std::fflush(stderr);
  dup2(before, 2);
  close(before), close(file);
  std::stringstream found;
  found << std::ifstream(path).rdbuf();
  return found.str();
}

}  // namespace

TEST_CASE("a line at each tenth part, and none where it is not visible") {
  const auto train = [](bool visible) {
    return written_by([&] {
      Progress progress("train", 20, visible);
      for (int step = 1; step <= 20; ++step) progress.show(step, "loss " + std::to_string(step));
    });
  };
  CHECK(train(false).empty());
  const std::string lines = train(true);
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 10);
  CHECK(lines.starts_with("train [==="));
  CHECK(lines.find("10% loss 2\n") != std::string::npos);
  CHECK(lines.find("100% loss 20\n") != std::string::npos);
}
