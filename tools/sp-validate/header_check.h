// Fields of a schema and columns of an input: which belongs to which, and what is wrong with the
// header.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "sp/columns.h"
#include "sp/record_reader.h"
#include "sp/schema.h"
#include "violation.h"

namespace sp {

// The column of each field, by name; nothing where the header lacks it. Of columns that share a
// name it is the first.
std::vector<std::optional<std::size_t>> map_fields(const Schema& schema, const Columns& columns);

// What fieldsMatch finds wrong, with the error types of frictionless-py; empty where all is right.
// Members of JSON objects have no order, so for NDJSON `exact` is read as `equal`. Views are of the
// arguments.
std::vector<Violation> check_header(const Schema& schema, const Columns& columns, Format format);

}  // namespace sp
