// How a CSV file is written, told from its beginning: delimiter, lines before
// the header, comments, a header or none, cells that no name belongs to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sp/base/json_text.h"
#include "sp/table/record_reader.h"

namespace sp {

// What stands around the rows, for those who decide what the columns are.
struct FileShape {
  bool has_names = true;
  std::string preamble;                // the lines before the header
  std::vector<std::string> units;      // a row below it, by column; empty: none
  std::vector<std::string> decisions;  // see Remarks
  std::string fault;                   // why there are no rows to be read; empty: there are
  std::string hint;  // what to do where the rows cannot be read so; empty: nothing is known
};

// Changes what `options` leave open so that `head`, the input's beginning in
// UTF-8, reads best; of NDJSON only `flatten`. `is_whole`: the input ends with
// it.
FileShape guess_dialect(std::string_view head, bool is_whole, ReadOptions& options);

// The Table Dialect that an input so read needs beside its schema; empty where it needs none.
// `encoding` is that of GuessedSource.
JsonObject dialect_json(const RecordReader& reader, const ReadOptions& options,
                        const std::string& encoding);

}  // namespace sp
