// The scanner for arm64: NEON, which every such processor has.
#include "sp/table/csv_scan.h"

#if defined(__aarch64__)

#include <arm_neon.h>

namespace sp {
namespace {

// One bit a byte of four compare results (0 or 255 each): weigh the bits, add neighbours three
// times.
std::uint64_t mask64(const uint8x16_t* bytes, uint8x16_t wanted) {
  static const std::uint8_t kWeights[16] = {1, 2, 4, 8, 16, 32, 64, 128,
                                            1, 2, 4, 8, 16, 32, 64, 128};
  const uint8x16_t weights = vld1q_u8(kWeights);
  const uint8x16_t a = vandq_u8(vceqq_u8(bytes[0], wanted), weights);
  const uint8x16_t b = vandq_u8(vceqq_u8(bytes[1], wanted), weights);
  const uint8x16_t c = vandq_u8(vceqq_u8(bytes[2], wanted), weights);
  const uint8x16_t d = vandq_u8(vceqq_u8(bytes[3], wanted), weights);
  const uint8x16_t sums = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sums, sums)), 0);
}

}  // namespace

bool csv_scan_neon(const char* data, std::size_t blocks, char delimiter, char quote,
                   ScanMasks* masks) {
  const uint8x16_t delimiters = vdupq_n_u8(static_cast<std::uint8_t>(delimiter));
  const uint8x16_t quotes = vdupq_n_u8(static_cast<std::uint8_t>(quote));
  const uint8x16_t newlines = vdupq_n_u8('\n');
  uint8x16_t all = vdupq_n_u8(0);
  for (std::size_t b = 0; b < blocks; ++b, data += kScanBlock) {
    const auto* p = reinterpret_cast<const std::uint8_t*>(data);
    const uint8x16_t bytes[4] = {vld1q_u8(p), vld1q_u8(p + 16), vld1q_u8(p + 32), vld1q_u8(p + 48)};
    masks[b] = {mask64(bytes, delimiters), mask64(bytes, quotes), mask64(bytes, newlines)};
    all = vorrq_u8(all, vorrq_u8(vorrq_u8(bytes[0], bytes[1]), vorrq_u8(bytes[2], bytes[3])));
  }
  return vmaxvq_u8(all) < 0x80;
}

}  // namespace sp

#endif
