// What all five tools share: their common flags, their streams, and the one place where an
// exception becomes an exit status.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sp/byte_sink.h"
#include "sp/byte_source.h"
#include "sp/diagnostic.h"
#include "sp/record_reader.h"
#include "sp/record_writer.h"
#include "sp/schema.h"

namespace CLI {
class App;
}

namespace sp {

// Flags of every tool; run_tool() adds them.
struct CommonOptions {
  LogFormat log_format = LogFormat::kText;  // --log-format text|json
  bool quiet = false;                       // --quiet
};

// Flags of the tools that read and write records.
struct StreamOptions {
  std::vector<std::string> files;  // FILE...; none, or "-": standard input
  ReadOptions read;                // --from --delimiter --max-row-bytes --encoding, and the dialect
  // What the flags --dialect --quote --escape --comment --skip-rows --no-header --row-names
  // --ignore-trailing-empty change, in order.
  std::vector<std::function<void(Dialect&)>> dialect_changes;
  SourceOptions source;       // --max-unpacked-bytes
  Format to = Format::kAuto;  // --to; kAuto: as the input
  std::string schema;         // --schema FILE
  std::string report;         // --report FILE
  bool progress = false;      // --progress, --no-progress; default: stderr is a terminal
};

void add_common_flags(CLI::App& app, CommonOptions& options);
// --from --delimiter --dialect --quote --escape --comment --skip-rows --no-header --row-names
// --ignore-trailing-empty --encoding
// --max-row-bytes --max-unpacked-bytes --report --progress
void add_input_flags(CLI::App& app, StreamOptions& options);
// Those, and --to --schema FILE...
void add_stream_flags(CLI::App& app, StreamOptions& options);

// What a tool reads: the file that the schema describes, or what another tool has made of it, which
// is CSV in its standard form but for the delimiter.
enum class InputForm { kRaw, kStandard };

// Makes read.dialect anew: the schema's `dialect`, and over it what the flags say. The schema's
// field names are those of an input without a header. Throws Error(kConfig).
void apply_schema_dialect(StreamOptions& options, const Schema& schema, InputForm input);

// A file of a tool; what is read of it is summed up where the report is to tell it.
std::unique_ptr<ByteSource> open_source(const StreamOptions& options, const std::string& file);

// A file of a tool that reads what another has made: standard input that ends before its first byte
// is NDJSON without a row. A file that is empty is refused, as open_reader() says.
std::unique_ptr<RecordReader> open_input(const StreamOptions& options, const std::string& file);

// The format and delimiter to write, given what was read.
WriteOptions write_options(const StreamOptions& options, const RecordReader& reader);

// Parses argv, runs, and returns the exit status: --help and --version print and are 0; wrong flags
// are 64; a thrown Error its code; std::bad_alloc and system errors 74; any other exception 70.
// `setup` fills the app (flags bound to the caller's options struct); `run` does the work.
int run_tool(int argc, char** argv, const std::string& name, const std::string& description,
             CommonOptions& common, const std::function<void(CLI::App&)>& setup,
             const std::function<void(const Log&)>& run);

// Bytes, rows, rate and ETA on standard error, at most five times a second. tick() is cheap.
class Progress {
 public:
  Progress(bool enabled, const std::string& tool);
  ~Progress();
  void tick(const RecordReader& reader, std::uint64_t rows) {
    if (enabled_ && (rows & 0x3fff) == 0) update(reader, rows);
  }
  void finish(const RecordReader& reader, std::uint64_t rows);

 private:
  void update(const RecordReader& reader, std::uint64_t rows);
  void show(const RecordReader& reader, std::uint64_t rows, std::uint64_t now);
  bool enabled_;
  bool is_terminal_ = false;
  bool line_open_ = false;
  std::string tool_;
  std::uint64_t start_ns_ = 0;
  std::uint64_t last_ns_ = 0;
};

}  // namespace sp
