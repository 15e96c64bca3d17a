#include "sp/table/csv_ends.h"

#include <bit>

namespace sp {
namespace {

// Most blocks have no more cells than this: their ends are written without asking how many there
// are, so that no branch depends on it. What is too much is written over later.
constexpr int kUsual = 8;
constexpr std::uint64_t kLastBit = std::uint64_t{1} << 63;

[[gnu::always_inline]] inline std::size_t note_ends(const ScanMasks* masks, std::size_t blocks,
                                                    std::uint32_t offset, CsvEnds& ends) {
  std::size_t cell_count = ends.cell_count;
  std::uint32_t* rows = ends.rows + ends.row_count;
  std::size_t b = 0;
  for (; b < blocks && masks[b].quote == 0; ++b, offset += kScanBlock) {
    std::uint64_t bits = masks[b].delimiter | masks[b].newline;
    for (std::uint64_t lines = masks[b].newline; lines != 0; lines &= lines - 1) {
      const std::uint64_t up_to_here = lines ^ (lines - 1);
      const auto cells = static_cast<std::size_t>(std::popcount(bits & up_to_here));
      *rows++ = static_cast<std::uint32_t>((cell_count + cells) << 1);
    }
    std::uint32_t* out = ends.cells + cell_count;
    const int count = std::popcount(bits);
    for (int i = 0; i < kUsual; ++i, bits &= bits - 1) {
      // The last bit changes no end that counts; without it the compiler would ask for each.
      out[i] = offset + static_cast<std::uint32_t>(std::countr_zero(bits | kLastBit));
    }
    for (int i = kUsual; i < count; ++i, bits &= bits - 1) {
      out[i] = offset + static_cast<std::uint32_t>(std::countr_zero(bits));
    }
    cell_count += static_cast<std::size_t>(count);
  }
  ends.cell_count = cell_count;
  ends.row_count = static_cast<std::size_t>(rows - ends.rows);
  return b;
}

std::size_t note_ends_anywhere(const ScanMasks* masks, std::size_t blocks, std::uint32_t offset,
                               CsvEnds& ends) {
  return note_ends(masks, blocks, offset, ends);
}

#if defined(__x86_64__)
__attribute__((target("bmi,popcnt"))) std::size_t note_ends_bmi(const ScanMasks* masks,
                                                                std::size_t blocks,
                                                                std::uint32_t offset,
                                                                CsvEnds& ends) {
  return note_ends(masks, blocks, offset, ends);
}
#endif

}  // namespace

std::vector<CsvNoteEnds> csv_note_ends() {
  std::vector<CsvNoteEnds> all;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt")) {
    all.push_back(note_ends_bmi);
  }
#endif
  all.push_back(note_ends_anywhere);
  return all;
}

}  // namespace sp
