// What stands before the rows of a CSV file: comments, lines that are no CSV, titles, a header of
// one or two rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sp-schema/infer/layout/dialect.h"
#include "sp-schema/infer/layout/trial.h"
#include "sp/table/record_reader.h"

namespace sp {

// Where in `text` so many lines end.
std::size_t after_lines(std::string_view text, std::uint64_t lines);
// Changes what `options` leave open so that `head` reads best, and reads it so.
Trial guess_preamble(std::string_view head, ReadOptions& options);
// The lines of `head` before its header and, where there is none, what the last of them has in
// common with one. Sets dialect.header where it must be.
void describe_preamble(std::string_view head, const Trial& trial, ReadOptions& options,
                       FileShape& shape);

}  // namespace sp
