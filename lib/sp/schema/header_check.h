// Fields of a schema and columns of an input: which belongs to which, and what is wrong with the
// header.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sp/schema/schema.h"
#include "sp/table/columns.h"
#include "sp/table/delimiter_hint.h"
#include "sp/table/record_reader.h"

namespace sp {

// The column of each field, by name; nothing where the header lacks it. Of columns that share a
// name it is the first.
std::vector<std::optional<std::size_t>> map_fields(const Schema& schema, const Columns& columns);

// One thing that is wrong with a header.
struct HeaderFault {
  const char* code = "";   // an error type of frictionless-py
  std::string_view field;  // of the schema or the columns
  std::string message;
};

// What fieldsMatch finds wrong; empty where all is right. Members of JSON objects have no order, so
// for NDJSON `exact` is read as `equal`. Views are of the arguments. `delimiter` is that in use:
// the first message says where another is more likely.
std::vector<HeaderFault> check_header(const Schema& schema, const Columns& columns, Format format,
                                      char delimiter = '\0',
                                      DelimiterPlace place = DelimiterPlace::kFlag);

}  // namespace sp
