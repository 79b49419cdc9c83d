#include "tutti/data/text_dataset.h"

#include "support/catch.h"
#include "support/files.h"

using namespace tutti;
using namespace tutti::test;
using data::Characters;
using data::Split;
using data::TextDataset;

namespace {

using Tokens = std::vector<std::int64_t>;

// 103 characters: 92 to train, 11 to test.
std::string example() {
  std::string text;
  for (int i = 0; i < 103; ++i) text += static_cast<char>("tutti \xc3\xa9"[i * i / 3 % 8]);
  return text;
}

}  // namespace

TEST_CASE("characters are numbered in the order of their bytes", "[data]") {
  Characters text("to be, or not \xff\x80");
  CHECK(text.vocabulary() == " ,benort\x80\xff");
  CHECK(text.encode("bee \xff") == Tokens{2, 3, 3, 0, 9});
  CHECK(text.decode(Tokens{5, 4, 6}) == "onr");
  CHECK(text.encode("").empty());
  for (std::string piece : {"", "not", "\x80 to", "to be, or not \xff\x80"})
    CHECK(text.decode(text.encode(piece)) == piece);
  Tokens all(text.tokens().begin(), text.tokens().end());
  CHECK(all == text.encode("to be, or not \xff\x80"));

  std::string every;
  for (int byte = 255; byte >= 0; --byte) every += static_cast<char>(byte);
  Characters bytes(every + every);
  CHECK(bytes.vocabulary() == std::string(every.rbegin(), every.rend()));
  CHECK(bytes.decode(bytes.encode(every)) == every);
}

TEST_CASE("a text's samples are pieces with what follows each character", "[data]") {
  std::string all = example();
  Characters text(all);
  std::int64_t context = GENERATE(1, 4, 10), stride = GENERATE(1, 3, 10);
  for (Split split : {Split::train, Split::test}) {
    CAPTURE(context, stride, split);
    std::string part = split == Split::train ? all.substr(0, 92) : all.substr(92);
    TextDataset samples(text, split, {.context = context, .stride = stride});
    std::int64_t count = 0;
    for (std::size_t at = 0; at + context + 1 <= part.size(); at += stride, ++count) {
      auto [tokens, targets] = samples.batch(Tokens{count});
      REQUIRE(tokens.shape() == Shape{1, context});
      REQUIRE(text.decode(tokens.to_vector<std::int64_t>()) == part.substr(at, context));
      REQUIRE(text.decode(targets.to_vector<std::int64_t>()) == part.substr(at + 1, context));
    }
    REQUIRE(samples.size() == count);
  }
}

TEST_CASE("a text's batch holds its samples in the order asked for", "[data]") {
  TextDataset samples(Characters(example()), Split::train, {.context = 7});
  Tokens indices{84, 0, 3};
  data::Batch batch = samples.batch(indices);
  samples.require_fields(batch, 3);
  CHECK(batch.names() == std::vector<std::string>{"tokens", "targets"});
  for (std::size_t i = 0; i < 3; ++i)
    for (const char* name : {"tokens", "targets"})
      CHECK(batch[name].slice(0, i, i + 1).to_vector<std::int64_t>() ==
            samples.batch(Tokens{indices[i]})[name].to_vector<std::int64_t>());
  CHECK(samples.batch({})["tokens"].shape() == Shape{0, 7});
  for (std::int64_t bad : {-1, 85})
    CHECK(contains(error_of([&] { samples.batch(Tokens{bad}); }), text("found index ", bad)));
}

TEST_CASE("both parts of a file's text have one vocabulary", "[data]") {
  TemporaryDirectory directory;
  std::string all = std::string(90, 'a') + "abcdefghij";  // nine letters are in the last tenth only
  write(directory / "letters.txt", Bytes(all.begin(), all.end()));
  auto text = Characters::from_file(directory / "letters.txt");
  TextDataset train(text, Split::train, {.context = 5}), test(text, Split::test, {.context = 5});
  CHECK(train.text().vocabulary() == "abcdefghij");
  CHECK(train.size() == 85);
  CHECK(test.size() == 5);
  CHECK(test.batch(Tokens{4})["targets"].to_vector<std::int64_t>() == Tokens{5, 6, 7, 8, 9});
}

TEST_CASE("Shakespeare's text is read whole", "[data]") {
  auto directory = real_data("shakespeare");
  if (directory.empty()) return;
  auto text = Characters::from_file(directory / "input.txt");
  CHECK(text.vocabulary().size() == 65);
  CHECK(text.tokens().size() == 1115394);
  TextDataset train(text, Split::train);
  CHECK(train.size() == 1003854 - 64);
  auto [tokens, targets] = train.batch(Tokens{0});
  CHECK(text.decode(tokens.to_vector<std::int64_t>()).starts_with("First Citizen:\nBefore we"));
}

TEST_CASE("a text says what does not fit", "[data]") {
  TemporaryDirectory directory;
  std::string missing = (directory / "missing.txt").string();
  CHECK(contains(error_of([&] { Characters::from_file(missing); }), "cannot read " + missing));
  write(directory / "empty.txt", {});
  std::string empty = (directory / "empty.txt").string();
  CHECK(error_of([&] { Characters::from_file(empty); }) ==
        "data::Characters: found " + empty + " empty, expected one character or more");
  CHECK(contains(error_of([] { Characters(""); }), "found the text empty"));

  Bytes letters(50, 'a');
  write(directory / "short.txt", letters);
  auto text = Characters::from_file(directory / "short.txt");
  auto making = [&](Split split, std::int64_t context, std::int64_t stride = 1) {
    return error_of([&] { TextDataset(text, split, {.context = context, .stride = stride}); });
  };
  CHECK(making(Split::test, 4).empty());
  CHECK(making(Split::test, 5) ==
        "data::TextDataset: found 5 characters in the test part of " + text.name() +
            ", expected more than the context of 5; take a longer text or a smaller context");
  CHECK(contains(making(Split::train, 45), "found 45 characters in the train part"));
  CHECK(contains(making(Split::train, 0), "found context 0 and stride 1"));
  CHECK(contains(making(Split::train, 5, 0), "found context 5 and stride 0"));

  CHECK(contains(error_of([&] { text.encode("ab"); }), "found byte 98 at offset 1"));
  CHECK(contains(error_of([&] { text.decode(Tokens{1}); }), "found token 1, expected 0 to 0"));
  CHECK(contains(error_of([&] { text.decode(Tokens{-1}); }), "found token -1"));
}
