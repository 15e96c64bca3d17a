// From the masks of blocks without quotes to the offsets where cells and rows end; one version for
// every processor, one for those that count and find bits with an instruction (BMI1, POPCNT).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sp/table/csv_scan.h"

namespace sp {

// The arrays are the caller's. What is after the counts may be written over, up to kScanBlock
// elements.
struct CsvEnds {
  std::uint32_t* cells;  // offset of the delimiter or line end after each cell
  std::uint32_t* rows;   // number of cells up to and with each row's last, shifted left by one
  std::size_t cell_count = 0;
  std::size_t row_count = 0;
};

// Notes the ends in the blocks up to the first that has a quote; the first block begins at
// `offset`. Returns the number of blocks done.
using CsvNoteEnds = std::size_t (*)(const ScanMasks* masks, std::size_t blocks,
                                    std::uint32_t offset, CsvEnds& ends);

// Those that this processor can run, the fastest first.
std::vector<CsvNoteEnds> csv_note_ends();

}  // namespace sp
