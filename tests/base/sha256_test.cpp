#include "tutti/base/sha256.h"

#include "support/catch.h"

using namespace tutti;

namespace {

std::string digest(const std::string& message, std::size_t piece) {
  Sha256 hash;
  for (std::size_t at = 0; at < message.size(); at += piece)
    hash.update(message.data() + at, std::min(piece, message.size() - at));
  return hex(hash.finish());
}

}  // namespace

// NIST's example values for FIPS 180-4.
TEST_CASE("sha256 gives the published answers, whatever the pieces") {
  for (std::size_t piece : {1, 3, 63, 64, 65, 1000000}) {
    CHECK(digest("", piece) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(digest("abc", piece) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", piece) ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  }
  CHECK(digest(std::string(1000000, 'a'), 977) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
