// That a file is replaced at once or not at all.
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "support/catch.h"
#include "tutti/io/safetensors.h"

using namespace tutti;
using namespace tutti::test;

namespace {

StateDict of_size(std::int64_t count) {
  StateDict state;
  state.set("x", Tensor::full({count}, 1));
  return state;
}

// Files that this process writes may not pass `bytes`.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) : handler_(signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, handler_);
  }

 private:
  void (*handler_)(int);
  rlimit before_{};
};

std::vector<std::string> files_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  return names;
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat about {};
  REQUIRE(stat(path.c_str(), &about) == 0);
  return about.st_mode & 0777;
}

}  // namespace

TEST_CASE("where the disk takes no more, the old file stays and nothing else") {
  TemporaryDirectory folder;
  const auto path = folder / "x";
  io::save(path, of_size(4));
  const Bytes before = read(path);
  for (rlim_t most : {0, 4, 50, 4096, 100000}) {
    std::string error;
    {
      FileLimit limit(most);
      error = error_of([&] { io::save(path, of_size(50000)); });
    }
    CHECK(error == "io::save: cannot write " + path.string() + " (File too large)");
    CHECK(read(path) == before);
    CHECK(files_in(folder.path()) == std::vector<std::string>{"x"});
  }
  io::save(path, of_size(50000));
  CHECK(io::load(path).at<Tensor>("x").count() == 50000);
  CHECK(files_in(folder.path()) == std::vector<std::string>{"x"});
}

TEST_CASE("paths at which no file can be are named with the system's reason") {
  TemporaryDirectory folder;
  auto saving = [&](const std::filesystem::path& path) {
    return error_of([&] { io::save(path, of_size(1)); });
  };
  const std::string missing = (folder / "no" / "x").string();
  CHECK(saving(missing) ==
        "io::save: cannot create a file beside " + missing + " (No such file or directory)");
  std::filesystem::create_directory(folder / "d");
  CHECK(contains(saving(folder / "d"), "d is a folder or a device, expected a file or nothing"));
  CHECK(contains(saving("/dev/null"), "/dev/null is a folder or a device"));
  CHECK(contains(saving(""), "found the path \"\", expected the name of a file"));
  CHECK(contains(saving(folder / "d/"), "expected the name of a file"));
  CHECK(contains(saving(folder / std::string(300, 'x')), "(File name too long)"));
  CHECK(files_in(folder.path()) == std::vector<std::string>{"d"});
}

TEST_CASE("a path without a folder is in the working one") {
  TemporaryDirectory folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const std::string error = error_of([&] { io::save("x", of_size(1)); });
  std::filesystem::current_path(before);
  CHECK(error.empty());
  CHECK(io::load(folder / "x").size() == 1);
}

TEST_CASE("a file that is replaced hands on its permissions; a link is replaced") {
  TemporaryDirectory folder;
  const mode_t mask = umask(027);
  io::save(folder / "x", of_size(1));
  umask(mask);
  CHECK(mode_of(folder / "x") == 0640);
  REQUIRE(chmod((folder / "x").c_str(), 0600) == 0);
  io::save(folder / "x", of_size(2));
  CHECK(mode_of(folder / "x") == 0600);
  std::filesystem::create_symlink("x", folder / "link");
  io::save(folder / "link", of_size(3));
  CHECK(!std::filesystem::is_symlink(folder / "link"));
  CHECK(io::load(folder / "x").at<Tensor>("x").count() == 2);
  CHECK(io::load(folder / "link").at<Tensor>("x").count() == 3);
}

TEST_CASE("what was read stays as it was while its file is replaced") {
  TemporaryDirectory folder;
  io::save(folder / "x", of_size(3));
  const StateDict old = io::load(folder / "x");
  StateDict other;
  other.set("x", Tensor::full({3}, 2));
  io::save(folder / "x", other);
  CHECK(old.at<Tensor>("x").to_vector<float>() == std::vector<float>{1, 1, 1});
  CHECK(io::load(folder / "x").at<Tensor>("x").to_vector<float>() == std::vector<float>{2, 2, 2});
}
