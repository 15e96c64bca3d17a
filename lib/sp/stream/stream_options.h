// The flags of the tools that read and write records, and the streams that they mean.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sp/io/byte_source.h"
#include "sp/schema/schema.h"
#include "sp/table/dialect.h"
#include "sp/table/record_reader.h"
#include "sp/table/record_writer.h"

namespace CLI {
class App;
}

namespace sp {

struct StreamOptions {
  std::vector<std::string> files;  // FILE...; none, or "-": standard input
  // --from --delimiter --first-row --max-row-bytes --encoding, and the dialect
  ReadOptions read;
  // What the flags --dialect --quote --escape --comment --skip-rows --no-header --row-names
  // --flatten --ignore-trailing-empty change, in order.
  std::vector<std::function<void(Dialect&)>> dialect_changes;
  SourceOptions source;       // --source-name --max-unpacked-bytes
  Format to = Format::kAuto;  // --to; kAuto: as the input
  std::string schema;         // --schema FILE
  std::string report;         // --report FILE
  bool progress = false;      // --progress, --no-progress; default: stderr is a terminal
};

// --from --delimiter --dialect --quote --escape --comment --skip-rows --no-header --row-names
// --ignore-trailing-empty --encoding
// --max-row-bytes --max-unpacked-bytes --progress --no-progress
void add_input_flags(CLI::App& app, StreamOptions& options);
// --report
void add_report_flag(CLI::App& app, StreamOptions& options);
// Those, and --to --schema --source-name --first-row FILE...
void add_stream_flags(CLI::App& app, StreamOptions& options);

// What a tool reads: the file that the schema describes, or what another tool has made of it, which
// is CSV in its standard form but for the delimiter.
enum class InputForm { kRaw, kStandard };

// Makes read.dialect anew: the schema's `dialect`, and over it what the flags say. The schema's
// field names are those of an input without a header. Throws Error(kConfig).
void apply_schema_dialect(StreamOptions& options, const Schema& schema, InputForm input);
// The fields are members of NDJSON's objects, wherever they appear first.
void expect_members(StreamOptions& options, const Schema& schema);

// What messages and reports call `file`.
const std::string& shown_name(const StreamOptions& options, const std::string& file);

// A file of a tool; what is read of it is summed up where the report is to tell it.
std::unique_ptr<ByteSource> open_source(const StreamOptions& options, const std::string& file);

// A file of a tool that reads what another has made: standard input that ends before its first byte
// is NDJSON without a row. A file that is empty is refused, as open_reader() says.
std::unique_ptr<RecordReader> open_input(const StreamOptions& options, const std::string& file);

// The format and delimiter to write, given what was read.
WriteOptions write_options(const StreamOptions& options, const RecordReader& reader);

}  // namespace sp
