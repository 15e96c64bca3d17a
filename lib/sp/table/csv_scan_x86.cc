// The scanners for x86-64: SSE2, which every such processor has, and AVX2.
#include "sp/table/csv_scan.h"

#if defined(__x86_64__)

#include <immintrin.h>

namespace sp {
namespace {

std::uint64_t mask16(__m128i bytes, __m128i wanted, unsigned shift) {
  return std::uint64_t{static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted)))}
         << shift;
}

__attribute__((target("avx2"))) std::uint64_t mask32(__m256i low, __m256i high, __m256i wanted) {
  const auto l = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted)));
  const auto h = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted)));
  return std::uint64_t{l} | std::uint64_t{h} << 32;
}

}  // namespace

bool csv_scan_sse2(const char* data, std::size_t blocks, char delimiter, char quote,
                   ScanMasks* masks) {
  const __m128i delimiters = _mm_set1_epi8(delimiter);
  const __m128i quotes = _mm_set1_epi8(quote);
  const __m128i newlines = _mm_set1_epi8('\n');
  __m128i all = _mm_setzero_si128();
  for (std::size_t b = 0; b < blocks; ++b, data += kScanBlock) {
    ScanMasks m = {0, 0, 0};
    for (unsigned i = 0; i < kScanBlock; i += 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data + i));
      all = _mm_or_si128(all, bytes);
      m.delimiter |= mask16(bytes, delimiters, i);
      m.quote |= mask16(bytes, quotes, i);
      m.newline |= mask16(bytes, newlines, i);
    }
    masks[b] = m;
  }
  return _mm_movemask_epi8(all) == 0;
}

__attribute__((target("avx2"))) bool csv_scan_avx2(const char* data, std::size_t blocks,
                                                   char delimiter, char quote, ScanMasks* masks) {
  const __m256i delimiters = _mm256_set1_epi8(delimiter);
  const __m256i quotes = _mm256_set1_epi8(quote);
  const __m256i newlines = _mm256_set1_epi8('\n');
  __m256i all = _mm256_setzero_si256();
  for (std::size_t b = 0; b < blocks; ++b, data += kScanBlock) {
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(data));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(data + 32));
    masks[b] = {mask32(low, high, delimiters), mask32(low, high, quotes),
                mask32(low, high, newlines)};
    all = _mm256_or_si256(all, _mm256_or_si256(low, high));
  }
  return _mm256_movemask_epi8(all) == 0;
}

}  // namespace sp

#endif
