// Finding the structure of CSV: 64 bytes in, bit masks out; one version per instruction set.
//
// A scanner only compares bytes. What a quote means is the reader's business (csv_reader).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sp {

inline constexpr std::size_t kScanBlock = 64;

// Bit i stands for byte i of the block.
struct ScanMasks {
  std::uint64_t delimiter;
  std::uint64_t quote;
  std::uint64_t newline;  // LF
};

// Scans `blocks` blocks from `data` (any alignment; the caller's, readable for all 64 * blocks
// bytes) into as many masks. True where all these bytes are ASCII.
using CsvScan = bool (*)(const char* data, std::size_t blocks, char delimiter, char quote,
                         ScanMasks* masks);

struct CsvScanner {
  std::string_view name;
  CsvScan scan;
};

// Those that this processor can run, the fastest first; the last is always "scalar".
std::vector<CsvScanner> csv_scanners();

// One row each of the table behind csv_scanners().
bool csv_scan_scalar(const char*, std::size_t, char, char, ScanMasks*);
#if defined(__x86_64__)
bool csv_scan_sse2(const char*, std::size_t, char, char, ScanMasks*);
bool csv_scan_avx2(const char*, std::size_t, char, char, ScanMasks*);
#elif defined(__aarch64__)
bool csv_scan_neon(const char*, std::size_t, char, char, ScanMasks*);
#endif

}  // namespace sp
