// All scanners of this processor must agree, byte for byte, on random input at any alignment.
#include "sp/table/csv_scan.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace {

std::string random_bytes(std::mt19937& random, std::size_t size) {
  const std::string alphabet = "ab,;\"\n\r\t,\n\xff\x80\x2d";
  std::string text(size, ' ');
  for (char& c : text) {
    c = random() % 4 == 0 ? static_cast<char>(random()) : alphabet[random() % alphabet.size()];
  }
  return text;
}

sp::ScanMasks by_hand(const char* data, char delimiter, char quote) {
  sp::ScanMasks m = {0, 0, 0};
  for (unsigned i = 0; i < sp::kScanBlock; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (data[i] == delimiter) m.delimiter |= bit;
    if (data[i] == quote) m.quote |= bit;
    if (data[i] == '\n') m.newline |= bit;
  }
  return m;
}

}  // namespace

TEST_CASE("scanners agree with a comparison of each byte") {
  std::mt19937 random(1);
  const auto scanners = sp::csv_scanners();
  CHECK(scanners.back().name == "scalar");
  for (int round = 0; round < 300; ++round) {
    const std::size_t shift = random() % 64;
    const std::string text = random_bytes(random, 4 * sp::kScanBlock + shift);
    const char delimiter = ",;\t \x80"[round % 5];
    for (const auto& scanner : scanners) {
      sp::ScanMasks masks[4];
      scanner.scan(text.data() + shift, 4, delimiter, '"', masks);
      for (std::size_t b = 0; b < 4; ++b) {
        const auto expected = by_hand(text.data() + shift + b * sp::kScanBlock, delimiter, '"');
        CAPTURE(scanner.name);
        REQUIRE(masks[b].delimiter == expected.delimiter);
        REQUIRE(masks[b].quote == expected.quote);
        REQUIRE(masks[b].newline == expected.newline);
      }
    }
  }
}

TEST_CASE("scanners see any byte that is not ASCII") {
  for (const auto& scanner : sp::csv_scanners()) {
    CAPTURE(scanner.name);
    std::string text(3 * sp::kScanBlock, '\x7f');
    sp::ScanMasks masks[3];
    CHECK(scanner.scan(text.data(), 3, ',', '"', masks));
    for (char& byte : text) {
      byte = '\x80';
      REQUIRE_FALSE(scanner.scan(text.data(), 3, ',', '"', masks));
      byte = 'a';
    }
  }
}
