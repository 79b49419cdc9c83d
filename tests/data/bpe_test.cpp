#include "tutti/data/bpe.h"

#include <fstream>
#include <sstream>

#include "support/catch.h"
#include "support/files.h"
#include "support/golden.h"

using namespace tutti;
using namespace tutti::test;
using data::Bpe;
using data::EndOfText;

namespace {

using Tokens = std::vector<std::int64_t>;

void write_text(const std::filesystem::path& path, const std::string& contents) {
  write(path, Bytes(contents.begin(), contents.end()));
}

std::string contents(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// Of Hugging Face's tokenizers: tests/golden/cases/bpe.py.
void check_cases(const Bpe& bpe, const std::string& prefix) {
  int cases = 0;
  for (const std::string& name : Golden::names("bpe")) {
    if (!name.starts_with(prefix + ", ")) continue;
    ++cases;
    Golden golden("bpe", name);
    CAPTURE(name);
    std::string text = golden.text("text");
    CHECK(bpe.encode(text) == golden.tensor("ids").to_vector<std::int64_t>());
    CHECK(bpe.decode(bpe.encode(text)) == text);
    CHECK(bpe.decode(bpe.encode(text, EndOfText::ordinary)) == text);
  }
  CHECK(cases > 25);
}

void check_whole(const Bpe& bpe, const std::string& text, const Golden& golden) {
  Tokens tokens = bpe.encode(text);
  CHECK(static_cast<std::int64_t>(tokens.size()) == golden.integer("tokens"));
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i)
    sum += tokens[i] * static_cast<std::int64_t>(i + 1);
  CHECK(sum == golden.integer("weighed sum"));
  CHECK((bpe.decode(tokens) == text));
}

// What GPT-2's files would be with two merges.
struct Files {
  TemporaryDirectory directory;
  std::filesystem::path vocabulary = directory / "vocab.json", merges = directory / "merges.txt";

  Files() { Bpe::train("abab\nabab abc", {.merges = 2}).save(vocabulary, merges); }
  std::string reading() const {
    return error_of([&] { Bpe::from_files(vocabulary, merges); });
  }
  // The error after one part of a file was replaced.
  std::string reading(const std::filesystem::path& path, const std::string& part,
                      const std::string& by) const {
    std::string whole = contents(path), changed = whole;
    REQUIRE(contains(whole, part));
    changed.replace(changed.find(part), part.size(), by);
    write_text(path, changed);
    std::string error = reading();
    write_text(path, whole);
    return error;
  }
};

}  // namespace

TEST_CASE("a vocabulary trained here has the merges and tokens of Hugging Face's", "[data]") {
  Golden golden("bpe", "small");
  Bpe bpe = Bpe::train(golden.text("text"), {.merges = 120});  // fewer are frequent enough
  TemporaryDirectory directory;
  auto vocabulary = directory / "vocab.json", merges = directory / "merges.txt";
  bpe.save(vocabulary, merges);
  CHECK(contents(merges) == golden.text("merges"));
  check_cases(bpe, "small");
  CHECK(bpe.vocabulary_size() == 256 + 50 + 1);
  CHECK(bpe.end_of_text() == 256 + 50);

  Bpe read = Bpe::from_files(vocabulary, merges);
  CHECK(read.vocabulary_size() == bpe.vocabulary_size());
  check_cases(read, "small");
  for (std::int64_t token = 0; token < bpe.vocabulary_size(); ++token)
    REQUIRE(read.token(token) == bpe.token(token));
}

TEST_CASE("files that Hugging Face's tokenizers wrote are read", "[data]") {
  Golden golden("bpe", "small");
  TemporaryDirectory directory;
  auto vocabulary = directory / "vocab.json", merges = directory / "merges.txt";
  write_text(vocabulary, golden.text("vocabulary"));
  write_text(merges, golden.text("merges"));
  Bpe bpe = Bpe::from_files(vocabulary, merges);
  CHECK(bpe.vocabulary_size() == 256 + 50);  // without <|endoftext|>
  CHECK(bpe.merges() == 50);
  CHECK(bpe.encode(golden.text("text")) ==
        Golden("bpe", "small, itself").tensor("ids").to_vector<std::int64_t>());
  CHECK(bpe.decode(bpe.encode("a<|endoftext|>b")) == "a<|endoftext|>b");
  CHECK(contains(error_of([&] { bpe.end_of_text(); }), "found no token <|endoftext|> among 306"));
}

TEST_CASE("GPT-2's own files give the tokens of Hugging Face's tokenizers", "[data]") {
  auto directory = real_data("gpt2");
  if (directory.empty()) return;
  Bpe bpe = Bpe::from_files(directory / "vocab.json", directory / "merges.txt");
  CHECK(bpe.vocabulary_size() == 50257);
  CHECK(bpe.merges() == 50000);
  CHECK(bpe.end_of_text() == 50256);
  CHECK(bpe.encode("Hello world") == Tokens{15496, 995});
  CHECK(bpe.encode("<|endoftext|>", EndOfText::ordinary).size() > 1);
  check_cases(bpe, "gpt2");

  TemporaryDirectory copy;
  bpe.save(copy / "vocab.json", copy / "merges.txt");
  for (std::string file : {"vocab.json", "merges.txt"})
    CHECK((contents(copy / file) == contents(directory / file)));

  auto shakespeare = real_data("shakespeare");
  if (shakespeare.empty()) return;
  check_whole(bpe, contents(shakespeare / "input.txt"), Golden("bpe", "shakespeare, gpt2"));
}

TEST_CASE("a thousand merges of Shakespeare's text are Hugging Face's", "[data]") {
  auto directory = real_data("shakespeare");
  if (directory.empty()) return;
  std::string text = contents(directory / "input.txt");
  Bpe bpe = Bpe::train(text, {.merges = 1000});
  Golden golden("bpe", "shakespeare");
  TemporaryDirectory copy;
  bpe.save(copy / "vocab.json", copy / "merges.txt");
  CHECK((contents(copy / "merges.txt") == golden.text("merges")));
  check_whole(bpe, text, golden);
}

TEST_CASE("training counts pairs as a count of the whole text does", "[data]") {
  // By hand: "abab" twice, " abc" once; ab occurs 5 times, ba twice; then (ab, ab) twice.
  Bpe bpe = Bpe::train("abab\nabab abc", {.merges = 10});
  CHECK(bpe.merges() == 2);  // what occurs once is not merged
  CHECK(bpe.token(256) == "ab");
  CHECK(bpe.token(257) == "abab");
  CHECK(bpe.encode("ababab") == Tokens{257, 256});
  CHECK(Bpe::train("abab\nabab abc", {.merges = 1}).merges() == 1);
  CHECK(Bpe::train("abab\nabab abc", {.merges = 10, .min_count = 3}).merges() == 1);
  CHECK(Bpe::train("", {}).vocabulary_size() == 257);
  // Pairs that overlap: of aaa two are counted, and the left one is joined.
  CHECK(Bpe::train("aaaaa", {.merges = 1, .min_count = 4}).encode("aaaaa") == Tokens{256, 256, 64});
}

// A square of these would take hours.
TEST_CASE("a long word takes no square of its characters", "[data]") {
  std::string text(1 << 22, 'a');
  Bpe bpe = Bpe::train(text, {.merges = 4});
  Tokens tokens = bpe.encode(text);
  CHECK(tokens.size() < text.size() / 4);
  CHECK((bpe.decode(tokens) == text));
}

TEST_CASE("what is no UTF-8 is named with its offset", "[data]") {
  Bpe bpe = Bpe::train("", {});
  auto offset_of = [&](const std::string& text) {
    std::string error = error_of([&] { bpe.encode(text); });
    if (error.empty()) return -1;
    REQUIRE(contains(error, "data::Bpe::encode: found byte "));
    CHECK(error_of([&] { Bpe::train(text); }).substr(18) == error.substr(19));
    return std::stoi(error.substr(error.find("offset ") + 7));
  };
  CHECK(offset_of("abc\xff") == 3);
  CHECK(offset_of("\x80") == 0);              // goes on with nothing
  CHECK(offset_of("\xc3\xa9\xc3") == 2);      // cut
  CHECK(offset_of("a\xe4\xbd") == 1);         // cut
  CHECK(offset_of("a\xf0\x9f\x98") == 1);     // cut
  CHECK(offset_of("\xc0\xaf") == 0);          // a byte too long
  CHECK(offset_of("\xe0\x9f\xbf") == 0);      // a byte too long
  CHECK(offset_of("\xf0\x8f\xbf\xbf") == 0);  // a byte too long
  CHECK(offset_of("\xed\xa0\x80") == 0);      // a surrogate
  CHECK(offset_of("\xf4\x90\x80\x80") == 0);  // beyond 0x10ffff
  CHECK(offset_of("\xe4\x41\xbd") == 0);      // interrupted
  CHECK(offset_of("\xf4\x8f\xbf\xbf\xef\xbf\xbd") == -1);
  auto said = [&](const std::string& text) { return error_of([&] { bpe.encode(text); }); };
  const std::string start = "data::Bpe::encode: found byte ";
  CHECK(said("a\xf0\x9f\x98") ==
        start +
            "240 at offset 1, a UTF-8 character of 4 bytes that is cut: the text ends after 3 "
            "bytes of it");
  CHECK(said("\xc3\xa9\xc3") ==
        start +
            "195 at offset 2, a UTF-8 character of 2 bytes that is cut: the text ends after 1 "
            "byte of it");
  CHECK(said("\xe4\xbd"
             "A") ==
        start +
            "228 at offset 0, a UTF-8 character of 3 bytes that byte 65 at offset 2 does not "
            "continue; convert the text to UTF-8");
  CHECK(said("\xed\xa0\x80") ==
        start +
            "237 at offset 0, with which UTF-8 begins no character of the bytes that follow; "
            "convert the text to UTF-8");
  for (std::string none : {"\x80", "\xc0\xaf", "\xff"})
    CHECK(contains(said(none), " at offset 0, where no UTF-8 character begins; convert the text"));
}

TEST_CASE("a damaged vocabulary is named", "[data]") {
  Files files;
  REQUIRE(files.reading().empty());
  std::string path = files.vocabulary.string();
  auto damaged = [&](const std::string& part, const std::string& by) {
    std::string error = files.reading(files.vocabulary, part, by);
    CHECK(error.starts_with("data::Bpe: " + path + ": "));
    return error;
  };
  CHECK(contains(damaged("{", "["), "found no JSON at byte 5"));
  CHECK(contains(damaged("\"a\": 64", "\"a\": 65"), "found number 65 again, of token \"b\""));
  CHECK(
      contains(damaged("\"a\": 64", "\"a\": 259"), "found number 259 of token \"a\", expected 0 "));
  CHECK(contains(damaged("\"a\": 64", "\"a\": -1"), "found number -1 of token \"a\""));
  CHECK(contains(damaged("\"a\": 64", "\"a\": 6.5"), "found number 6.5 of token \"a\""));
  CHECK(contains(damaged("\"a\": 64", "\"a\": \"64\""), "found number \"64\" of token \"a\""));
  CHECK(contains(damaged("\"a\": 64", "\"aa\": 64"), "found no token for byte 97 (\"a\")"));
  CHECK(contains(damaged("\"ab\": 256", "\"a b\": 256"), "found token \"a b\" (number 256), exp"));
  CHECK(contains(damaged("\"ab\": 256", "\"\": 256"), "found token \"\" (number 256)"));
  write_text(files.vocabulary, "[1]");
  CHECK(contains(files.reading(), "found array, expected an object"));
  write_text(files.vocabulary, "");
  CHECK(contains(files.reading(), "found no JSON at byte 1"));
  write_text(files.vocabulary, R"({"a": 1e999})");
  CHECK(contains(files.reading(), path + ": found JSON that cannot be kept ("));
  CHECK(contains(files.reading(), "number overflow parsing '1e999'"));
  std::filesystem::remove(files.vocabulary);
  CHECK(contains(files.reading(), "data::Bpe: cannot read " + path));
}

TEST_CASE("damaged merges are named by their line", "[data]") {
  Files files;
  std::string path = files.merges.string();
  auto damaged = [&](const std::string& part, const std::string& by) {
    return files.reading(files.merges, part, by);
  };
  CHECK(damaged("a b\n", "a\n") == "data::Bpe: " + path + ": line 2: found \"a\", expected two " +
                                       "tokens with a space between them");
  CHECK(contains(damaged("a b\n", "a b c\n"), "line 2: found \"a b c\""));
  CHECK(contains(damaged("a b\n", "\na b\n"), "line 2: found \"\""));
  CHECK(contains(damaged("a b\n", "a b\r\n"), "line 2: found \"b\r\", which is no token"));
  CHECK(contains(damaged("a b\n", "a \xff\n"), "line 2: found \"\xff\", which is no token"));
  CHECK(contains(damaged("ab ab", "ab zz"), "line 3: found \"zz\", which is no token"));
  CHECK(contains(damaged("ab ab", "ab c"), "line 3: found \"abc\", which is no token"));
  CHECK(contains(damaged("ab ab", "a b"), "line 3: found \"a b\" again"));
  CHECK(damaged("#version: 0.2\n", "").empty());
  std::filesystem::remove(files.merges);
  CHECK(contains(files.reading(), "data::Bpe: cannot read " + path));
}

TEST_CASE("a tokenizer says what does not fit", "[data]") {
  Bpe bpe = Bpe::train("", {});
  for (std::int64_t bad : {-1, 257})
    CHECK(error_of([&] {
            bpe.decode(Tokens{0, bad});
          }) == text("data::Bpe: found token ", bad, ", expected 0 to 256"));
  CHECK(contains(error_of([] { Bpe::train("a", {.merges = -1}); }), "found -1 merges"));
  CHECK(contains(error_of([] { Bpe::train("a", {.min_count = 0}); }), "minimal count of 0"));
  TemporaryDirectory directory;
  auto nowhere = directory / "none";
  CHECK(contains(error_of([&] { bpe.save(nowhere / "v", directory / "m"); }),
                 "data::Bpe::save: cannot create a file beside " + (nowhere / "v").string()));
}
