#include "sp/number/four_numbers.h"

#include <bit>

#include "sp/number/number.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace sp {
namespace {

using Cells = std::array<std::string_view, kFour>;

unsigned parse_four_scalar(const Cells& cells, double* values) {
  unsigned read = 0;
  for (std::size_t i = 0; i < kFour; ++i) {
    const bool is_short = parse_short_double<digits::load_padded_ahead>(cells[i], values[i]);
    read |= static_cast<unsigned>(is_short) << i;
  }
  return read;
}

#if defined(__x86_64__)

// The eight characters from a cell's first; `sp/number.h` does the same with one word at a time.
long long load(std::string_view cell) {
  return cell.empty() ? 0 : static_cast<long long>(digits::load8(cell.data()));
}

__attribute__((target("avx2,bmi"))) unsigned parse_four_avx2(const Cells& cells, double* values) {
  // By the place of the first point among eight characters.
  static constexpr double kPowers[] = {1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1e0};
  const __m256i zero = _mm256_setzero_si256();
  const auto size = [&](std::size_t i) { return static_cast<long long>(cells[i].size()); };
  const __m256i sizes = _mm256_set_epi64x(size(3), size(2), size(1), size(0));
  __m256i text = _mm256_set_epi64x(load(cells[3]), load(cells[2]), load(cells[1]), load(cells[0]));

  // A minus becomes a leading zero, and more of them bring the last character to the end.
  const __m256i sign =
      _mm256_and_si256(_mm256_cmpeq_epi8(text, _mm256_set1_epi64x('-')), _mm256_set1_epi64x(0xff));
  text = _mm256_xor_si256(text, _mm256_and_si256(sign, _mm256_set1_epi64x('-' ^ '0')));
  const __m256i bits = _mm256_slli_epi64(sizes, 3);
  const __m256i zeros = _mm256_set1_epi8('0');
  text = _mm256_or_si256(_mm256_sllv_epi64(text, _mm256_sub_epi64(_mm256_set1_epi64x(64), bits)),
                         _mm256_srlv_epi64(zeros, bits));

  // The first point goes, what stands before it moves up, a zero comes before that.
  const __m256i points = _mm256_cmpeq_epi8(text, _mm256_set1_epi8('.'));
  const __m256i lowest = _mm256_and_si256(points, _mm256_sub_epi64(zero, points));
  const __m256i below = _mm256_sub_epi64(lowest, _mm256_set1_epi64x(1));
  const __m256i through = _mm256_sub_epi64(_mm256_slli_epi64(lowest, 8), _mm256_set1_epi64x(1));
  const __m256i before = _mm256_slli_epi64(_mm256_and_si256(text, below), 8);
  const __m256i after = _mm256_andnot_si256(through, text);
  const __m256i joined = _mm256_or_si256(_mm256_or_si256(before, after), _mm256_set1_epi64x('0'));
  const __m256i has_no_point = _mm256_cmpeq_epi64(points, zero);
  const __m256i digits = _mm256_sub_epi8(_mm256_blendv_epi8(joined, text, has_no_point), zeros);

  // Nothing but digits, and one at least.
  const __m256i are_digits =
      _mm256_cmpeq_epi8(_mm256_min_epu8(digits, _mm256_set1_epi8(9)), digits);
  const __m256i is_negative = _mm256_cmpgt_epi64(sign, zero);
  const __m256i others =
      _mm256_sub_epi64(_mm256_add_epi64(_mm256_set1_epi64x(1), has_no_point), is_negative);
  const __m256i fits = _mm256_and_si256(_mm256_cmpgt_epi64(sizes, others),
                                        _mm256_cmpgt_epi64(_mm256_set1_epi64x(9), sizes));
  const __m256i is_number =
      _mm256_and_si256(_mm256_cmpeq_epi64(are_digits, _mm256_set1_epi64x(-1)), fits);

  // Pairs, fours, eights; below 2^52 a double's low bits are the number.
  const __m256i pairs = _mm256_maddubs_epi16(digits, _mm256_set1_epi16(10 | 1 << 8));
  const __m256i fours = _mm256_madd_epi16(pairs, _mm256_set1_epi32(100 | 1 << 16));
  const __m256i eights = _mm256_add_epi64(_mm256_mul_epu32(fours, _mm256_set1_epi64x(10000)),
                                          _mm256_srli_epi64(fours, 32));
  const __m256d two52 = _mm256_set1_pd(0x1p52);
  const __m256d whole = _mm256_sub_pd(_mm256_or_pd(_mm256_castsi256_pd(eights), two52), two52);

  // The last place is that of no point, too: there are no decimals either way.
  const unsigned places = static_cast<unsigned>(_mm256_movemask_epi8(points));
  const auto power = [&](unsigned i) {
    return kPowers[std::countr_zero(places >> (8 * i) | 0x80)];
  };
  const __m256d magnitude =
      _mm256_div_pd(whole, _mm256_set_pd(power(3), power(2), power(1), power(0)));
  const __m256i sign_bit = _mm256_slli_epi64(is_negative, 63);
  _mm256_storeu_pd(values, _mm256_or_pd(magnitude, _mm256_castsi256_pd(sign_bit)));
  return static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(is_number)));
}

#endif

}  // namespace

std::vector<FourParser> four_parsers() {
  std::vector<FourParser> all;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")) {
    all.push_back({"avx2", parse_four_avx2});
  }
#endif
  all.push_back({"scalar", parse_four_scalar});
  return all;
}

}  // namespace sp
