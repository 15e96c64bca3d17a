// Which reader and which writer a format has: the one place that knows them all.
#pragma once

#include <memory>

#include "sp/table/record_reader.h"
#include "sp/table/record_writer.h"

namespace sp {

// Reads the header. kAuto: the first byte that is not white space decides: '{' is NDJSON, else CSV.
// An input without a header (empty) throws kDataErr for CSV; an empty NDJSON input has no columns,
// and `of_nothing` says which of them an input of no bytes is.
std::unique_ptr<RecordReader> open_reader(std::unique_ptr<ByteSource> source,
                                          const ReadOptions& options);

// `sink` must outlive the writer.
std::unique_ptr<RecordWriter> make_writer(ByteSink& sink, const WriteOptions& options);

}  // namespace sp
