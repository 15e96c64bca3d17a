// Every version of csv_note_ends() against a loop over the bits, on random masks.
#include "sp/table/csv_ends.h"

#include <doctest/doctest.h>

#include <random>

namespace {

struct Noted {
  std::vector<std::uint32_t> cells, rows;
  std::size_t blocks = 0;
  bool operator==(const Noted&) const = default;
};

constexpr std::uint32_t kOffset = 128;

Noted by_hand(const std::vector<sp::ScanMasks>& masks) {
  Noted noted;
  for (; noted.blocks < masks.size() && masks[noted.blocks].quote == 0; ++noted.blocks) {
    const sp::ScanMasks& block = masks[noted.blocks];
    for (std::uint32_t i = 0; i < sp::kScanBlock; ++i) {
      const bool line = (block.newline >> i & 1) != 0;
      if (!line && (block.delimiter >> i & 1) == 0) continue;
      noted.cells.push_back(kOffset + static_cast<std::uint32_t>(noted.blocks * sp::kScanBlock) +
                            i);
      if (line) noted.rows.push_back(static_cast<std::uint32_t>(noted.cells.size() << 1));
    }
  }
  return noted;
}

Noted note(sp::CsvNoteEnds version, const std::vector<sp::ScanMasks>& masks) {
  const std::size_t room = (masks.size() + 1) * sp::kScanBlock;
  Noted noted{std::vector<std::uint32_t>(room), std::vector<std::uint32_t>(room)};
  sp::CsvEnds ends{noted.cells.data(), noted.rows.data()};
  noted.blocks = version(masks.data(), masks.size(), kOffset, ends);
  noted.cells.resize(ends.cell_count);
  noted.rows.resize(ends.row_count);
  return noted;
}

}  // namespace

TEST_CASE("ends of cells and rows are noted alike by every version") {
  std::mt19937_64 random(11);
  for (int round = 0; round < 2000; ++round) {
    std::vector<sp::ScanMasks> masks(random() % 17);
    for (sp::ScanMasks& block : masks) {
      std::uint64_t ends = random();
      for (std::uint64_t thin = random() % 5; thin > 0; --thin) ends &= random();
      const std::uint64_t lines = random() & random();
      block = {ends & ~lines, random() % 40 == 0 ? random() : 0, ends & lines};
    }
    if (round % 7 == 0 && !masks.empty()) masks[0] = {~std::uint64_t{0}, 0, 0};
    const Noted expected = by_hand(masks);
    for (const sp::CsvNoteEnds version : sp::csv_note_ends()) {
      CAPTURE(round);
      CHECK(note(version, masks) == expected);
    }
  }
}
