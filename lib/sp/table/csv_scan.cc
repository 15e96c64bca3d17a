#include "sp/table/csv_scan.h"

#include <cstring>

namespace sp {
namespace {

// The high bit of each byte of the result is set where that byte of `word` equals the byte repeated
// in `pattern`. Exact: no carry crosses a byte.
std::uint64_t equal_bytes(std::uint64_t word, std::uint64_t pattern) {
  constexpr std::uint64_t kLow7 = 0x7f7f7f7f7f7f7f7f;
  const std::uint64_t x = word ^ pattern;
  return ~(((x & kLow7) + kLow7) | x | kLow7);
}

// Gathers the high bits of the eight bytes into the low eight bits, the first byte into bit 0.
std::uint64_t gather(std::uint64_t high_bits) {
  return ((high_bits >> 7) * 0x0102040810204080) >> 56;
}

constexpr std::uint64_t repeat(char c) {
  return std::uint64_t{0x0101010101010101} * static_cast<unsigned char>(c);
}

}  // namespace

bool csv_scan_scalar(const char* data, std::size_t blocks, char delimiter, char quote,
                     ScanMasks* masks) {
  const std::uint64_t delimiters = repeat(delimiter);
  const std::uint64_t quotes = repeat(quote);
  const std::uint64_t newlines = repeat('\n');
  std::uint64_t all = 0;
  for (std::size_t b = 0; b < blocks; ++b) {
    ScanMasks m = {0, 0, 0};
    for (unsigned i = 0; i < kScanBlock; i += 8) {
      std::uint64_t word = 0;
      for (unsigned k = 0; k < 8;
           ++k) {  // little-endian on every machine; compilers make it a load
        word |= std::uint64_t{static_cast<unsigned char>(data[b * kScanBlock + i + k])} << (8 * k);
      }
      all |= word;
      m.delimiter |= gather(equal_bytes(word, delimiters)) << i;
      m.quote |= gather(equal_bytes(word, quotes)) << i;
      m.newline |= gather(equal_bytes(word, newlines)) << i;
    }
    masks[b] = m;
  }
  return (all & repeat('\x80')) == 0;
}

std::vector<CsvScanner> csv_scanners() {
  std::vector<CsvScanner> all;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) all.push_back({"avx2", csv_scan_avx2});
  all.push_back({"sse2", csv_scan_sse2});
#elif defined(__aarch64__)
  all.push_back({"neon", csv_scan_neon});
#endif
  all.push_back({"scalar", csv_scan_scalar});
  return all;
}

}  // namespace sp
