// What the user asks of sp-load: each field beside its flag.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sp-load/copy/row_encoder.h"
#include "sp-load/db/connection.h"
#include "sp-load/db/table_name.h"
#include "sp/app/run_tool.h"
#include "sp/stream/stream_options.h"

namespace CLI {
class App;
}

namespace sp::load {

enum class OnKnown { kError, kSkip };
enum class OnConflict { kError, kKeep, kReplace };

// What a message of OnConflict::kError ends with.
inline constexpr char kConflictAdvice[] =
    "; --on-conflict keep (or SP_ON_CONFLICT) leaves such rows out, replace replaces what is there";

struct LoadOptions {
  CommonOptions common;
  StreamOptions stream;                         // --from --delimiter ... --report --progress
  std::vector<TableInput> tables;               // TABLE=INPUT...
  std::string dsn;                              // --dsn
  std::string db_schema = "sp";                 // --db-schema
  std::vector<std::string> sources;             // --source
  std::string source_column;                    // --source-column
  std::string key;                              // --key
  std::string name;                             // --name
  std::vector<std::string> required_reports;    // --require-report
  std::string rejects;                          // --rejects FOLDER
  std::string quarantine;                       // --quarantine FOLDER
  std::string outcomes;                         // --outcomes FILE
  std::string journal;                          // --journal FILE
  std::vector<DimensionSpec> dimensions;        // --dimension
  OnKnown on_known = OnKnown::kError;           // --on-known
  OnConflict on_conflict = OnConflict::kError;  // --on-conflict
  std::optional<std::uint64_t> max_conflicts;   // --max-conflicts, rows
  std::size_t max_new_quantities = 50;          // --max-new-quantities
  std::size_t max_new_sensors = 100'000;        // --max-new-sensors
  BadText bad_text = BadText::kError;           // --bad-text
  double answer_timeout = 900;                  // --answer-timeout, seconds
  std::optional<double> retry_for;              // --retry-for, seconds
  std::size_t max_partitions = 600;             // --max-partitions, months
  bool init = false;                            // --init
  bool print_schema = false;                    // --print-schema
  bool dry_run = false;                         // --dry-run
};

// Whether the ledger is to name what the rows come from.
inline bool has_source(const LoadOptions& options) {
  return !options.sources.empty() || !options.key.empty();
}
// What they come from, where it is one: as --name, --source or --key has it; else empty.
std::string source_name(const LoadOptions& options);

ConnectOptions connect_options(const LoadOptions& options);
// Whether the first input goes into sp.reading by the schema.
bool loads_readings(const LoadOptions& options);

void setup_load(CLI::App& app, LoadOptions& options);
// Throws Error(kUsage) where the report would write over an input.
void check_outputs(const LoadOptions& options);
// Throws Error(kUsage) for flags that do not go together.
void check_options(const LoadOptions& options);

}  // namespace sp::load
