#include "tutti/data/token_dataset.h"

#include "support/catch.h"
#include "support/files.h"
#include "tutti/data/loader.h"

using namespace tutti;
using namespace tutti::test;
using data::TokenDataset;
using data::TokenType;
using data::write_tokens;

namespace {

using Tokens = std::vector<std::int64_t>;

constexpr TokenType types[] = {TokenType::u16, TokenType::u32, TokenType::i32};

// 59 tokens below 60000.
Tokens example() {
  Tokens tokens;
  for (std::int64_t i = 0; i < 59; ++i) tokens.push_back(i * i * i * 7 % 59999);
  return tokens;
}

Tokens piece(const Tokens& tokens, std::int64_t begin, std::int64_t count) {
  return {tokens.begin() + begin, tokens.begin() + begin + count};
}

struct File {
  TemporaryDirectory directory;
  std::filesystem::path path = directory / "tokens.bin";

  std::string making(const data::TokenOptions& options) const {
    return error_of([&] { TokenDataset(path, options); });
  }
};

}  // namespace

TEST_CASE("a token file's samples are pieces with what follows each token", "[data]") {
  File file;
  Tokens all = example();
  std::int64_t context = GENERATE(1, 5, 58), stride = GENERATE(1, 4, 58);
  for (TokenType type : types) {
    CAPTURE(context, stride, static_cast<int>(type));
    write_tokens(file.path, all, type);
    CHECK(std::filesystem::file_size(file.path) == (type == TokenType::u16 ? 2 : 4) * all.size());
    TokenDataset samples(file.path,
                         {.vocabulary = 60000, .context = context, .stride = stride, .type = type});
    CHECK(samples.length() == 59);
    std::int64_t count = 0;
    for (std::int64_t at = 0; at + context + 1 <= 59; at += stride, ++count) {
      auto [tokens, targets] = samples.batch(Tokens{count});
      REQUIRE(tokens.shape() == Shape{1, context});
      REQUIRE(tokens.to_vector<std::int64_t>() == piece(all, at, context));
      REQUIRE(targets.to_vector<std::int64_t>() == piece(all, at + 1, context));
    }
    REQUIRE(samples.size() == count);
  }
}

TEST_CASE("tokens are little-endian and have no header", "[data]") {
  File file;
  write(file.path, {1, 0, 2, 1, 0xff, 0xff, 3, 0x80});
  auto read = [&](TokenType type, std::int64_t context) {
    TokenDataset samples(file.path, {.vocabulary = 1ll << 32, .context = context, .type = type});
    return samples.batch(Tokens{0})["targets"].to_vector<std::int64_t>();
  };
  CHECK(read(TokenType::u16, 3) == Tokens{258, 65535, 0x8003});
  CHECK(read(TokenType::u32, 1) == Tokens{0x8003ffff});
  CHECK(contains(error_of([&] { read(TokenType::i32, 1); }), "found token -2147221505 at byte 4"));
}

TEST_CASE("a loader goes through a token file", "[data]") {
  File file;
  Tokens all = example();
  write_tokens(file.path, all);
  TokenDataset samples(file.path, {.vocabulary = 59999, .context = 3, .stride = 3});
  data::DistributedSampler sampler(samples.size(), {.batch = 4, .shuffle = false}, 0, 1);
  Tokens seen;
  for (auto& step : data::Loader(samples, sampler))
    for (auto [tokens, targets] : step)
      for (std::int64_t token : targets.to_vector<std::int64_t>()) seen.push_back(token);
  CHECK(seen == piece(all, 1, 57));
}

TEST_CASE("a token file says what does not fit", "[data]") {
  File file;
  std::string name = "data::TokenDataset: " + file.path.string() + ": ";
  CHECK(contains(file.making({.vocabulary = 9}),
                 "data::TokenDataset: cannot read " + file.path.string() + " (No such file"));
  CHECK(contains(error_of([&] { TokenDataset(file.directory.path(), {.vocabulary = 9}); }),
                 "is no file, expected a regular one"));
  write(file.path, {});
  CHECK(file.making({.vocabulary = 9, .context = 1}) ==
        name +
            "found 0 tokens, expected more than the context of 1; take a longer file or a "
            "smaller context");
  write_tokens(file.path, Tokens{0, 1, 2, 7, 4, 5});
  CHECK(file.making({.vocabulary = 9, .context = 5}).empty());
  CHECK(
      contains(file.making({.vocabulary = 9, .context = 6}), "found 6 tokens, expected more than"));
  CHECK(contains(file.making({.context = 2}), "found vocabulary 0, context 2 and stride 1"));
  CHECK(contains(file.making({.vocabulary = 9, .context = 0}), "context 0"));
  CHECK(contains(file.making({.vocabulary = 9, .stride = 0}), "stride 0"));

  auto batch = [&](Tokens indices, std::int64_t vocabulary, std::int64_t stride = 1) {
    TokenDataset samples(file.path, {.vocabulary = vocabulary, .context = 2, .stride = stride});
    return error_of([&] { samples.batch(indices); });
  };
  CHECK(batch({0, 1, 2, 3}, 8).empty());
  CHECK(batch({0}, 7).empty());
  CHECK(batch({1}, 7) == name + "found token 7 at byte 6, expected 0 to 6; or is it of another " +
                             "TokenType?");  // as a target alone
  CHECK(contains(batch({0, 3}, 7), "found token 7 at byte 6"));
  CHECK(contains(batch({1}, 7, 2), "found token 7 at byte 6"));
  for (std::int64_t bad : {-1, 4})
    CHECK(contains(batch({0, bad}, 9), text("data::TokenDataset: found index ", bad)));

  write(file.path, {1, 2, 3, 4, 5, 6});
  CHECK(contains(file.making({.vocabulary = 9, .context = 1, .type = TokenType::u32}),
                 name + "truncated at byte 6: expected whole tokens of 4 bytes each"));
}

TEST_CASE("tokens that a type does not hold are not written", "[data]") {
  File file;
  auto writing = [&](std::int64_t token, TokenType type) {
    return error_of([&] { write_tokens(file.path, Tokens{1, token}, type); });
  };
  CHECK(writing(65536, TokenType::u16) ==
        "data::write_tokens: " + file.path.string() +
            ": found token 65536 at place 1, expected 0 to 65535; take another TokenType");
  CHECK(contains(writing(1ll << 32, TokenType::u32), "expected 0 to 4294967295"));
  CHECK(contains(writing(1ll << 31, TokenType::i32), "expected 0 to 2147483647"));
  for (TokenType type : types) CHECK(contains(writing(-1, type), "found token -1 at place 1"));
  CHECK(!std::filesystem::exists(file.path));
  file.path = file.directory / "none" / "a.bin";
  CHECK(contains(writing(1, TokenType::u16), "cannot create a file beside " + file.path.string()));
}
