#include "sp-load/ledger/file_digests.h"

#include <doctest/doctest.h>

#include <string>

#include "sp/base/diagnostic.h"
#include "sp/io/byte_source.h"
#include "sp/io/sha256.h"
#include "sp/io/xxh128.h"
#include "temporary_folder.h"

namespace {

struct Row {
  std::string text, xxh128;  // as xxh128sum of Debian's xxhash 0.8.1 prints it
};
const Row kRows[] = {
    {"", "99aa06d3014798d86001c324468d497f"},
    {"abc", "06b05ab6733a618578af5f94892f3950"},
    {std::string(1000000, 'a'), "a545df8e384a9579b1fd6fae5285c4eb"},
};

std::string read_whole(const std::string& path, bool xxh128) {
  sp::SourceOptions options;
  options.xxh128 = xxh128;
  const auto source = sp::open_source(path, options);
  char buffer[1000];
  while (source->read(buffer, sizeof buffer) > 0) {
  }
  return source->xxh128();
}

}  // namespace

TEST_CASE("XXH128: whole and in pieces") {
  for (const Row& row : kRows) {
    sp::Xxh128 hash;
    for (const char c : row.text) hash.update({&c, 1});
    CHECK(hash.hex() == row.xxh128);
    CHECK(hash.hex() == row.xxh128);
  }
}

TEST_CASE(
    "What a source reads and what lies on the disk have one digest, also where it is packed") {
  const TemporaryFolder folder;
  for (const Row& row : kRows) {
    const std::string path = folder.write("f", row.text);
    const sp::load::FileDigests digests = sp::load::FileReading(path).digests();
    CHECK(digests.sha256 == sp::sha256_hex(row.text));
    CHECK(digests.xxh128 == row.xxh128);
    CHECK(read_whole(path, true) == row.xxh128);
    CHECK(read_whole(path, false) == "");
  }
  // `printf abc | gzip -n`
  const std::string packed(
      "\x1f\x8b\x08\0\0\0\0\0\0\x03\x4b\x4c\x4a\x06\0\xc2\x41\x24\x35\x03\0\0\0", 23);
  const std::string path = folder.write("f.gz", packed);
  CHECK(read_whole(path, true) == sp::load::FileReading(path).digests().xxh128);
}

TEST_CASE("A reading that is stopped is one of a beginning") {
  const TemporaryFolder folder;
  const std::string path = folder.write("f", std::string(1 << 20, 'x'));
  sp::load::FileReading reading(path), whole(path);
  reading.stop();
  CHECK(reading.digests().sha256 != whole.digests().sha256);
}

TEST_CASE("The digests of a file that is none are NOINPUT") {
  const TemporaryFolder folder;
  for (const std::string& path : {folder / "missing", folder.path().string()}) {
    try {
      sp::load::FileReading(path).digests();
      FAIL("no error");
    } catch (const sp::Error& error) {
      CHECK(error.code() == sp::ExitCode::kNoInput);
      CHECK(std::string(error.what()).find(path) != std::string::npos);
    }
  }
}
