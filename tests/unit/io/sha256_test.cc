#include "sp/io/sha256.h"

#include <doctest/doctest.h>

#include <string>

TEST_CASE("SHA-256: the vectors of FIPS 180-4's examples") {
  struct Row {
    std::string text, hex;
  };
  const Row rows[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1000000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  for (const Row& row : rows) {
    CHECK(sp::sha256_hex(row.text) == row.hex);
    sp::Sha256 hash;
    for (const char c : row.text) hash.update({&c, 1});
    CHECK(hash.hex() == row.hex);
  }
}
