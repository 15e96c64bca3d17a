// How a CSV file is written, told from its beginning: delimiter, lines before
// the header, comments, a header or none, cells that no name belongs to.
#pragma once

#include <string>
#include <string_view>

#include "sp/base/json_text.h"
#include "sp/table/record_reader.h"

namespace sp {

// Changes what `options` leave open so that `head`, the input's beginning in
// UTF-8, reads best; does nothing for NDJSON. `is_whole`: the input ends with
// it.
void guess_dialect(std::string_view head, bool is_whole, ReadOptions& options);

// The Table Dialect that an input so read needs beside its schema; empty where it needs none.
// `encoding` is that of GuessedSource.
JsonObject dialect_json(const RecordReader& reader, const ReadOptions& options,
                        const std::string& encoding);

}  // namespace sp
