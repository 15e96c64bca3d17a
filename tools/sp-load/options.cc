#include "sp-load/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "sp/app/examples.h"
#include "sp/base/path_name.h"
#include "sp/base/utf8.h"
#include "sp/stream/output_files.h"
#include "sp/time/time_span.h"

namespace sp::load {
namespace {

constexpr double kMaxSeconds = 24 * 86400;  // in milliseconds an int

bool looks_like_table(const std::string& word) {
  return word.find('=') != std::string::npos && word.find('=') < word.find('/');
}

std::string why_no_text(const std::string& text) {
  if (text.empty()) return "it is empty";
  return find_invalid_utf8(text) == std::string::npos ? "" : "it must be UTF-8";
}

void add_tables(CLI::App& app, LoadOptions& options) {
  app.add_option_function<std::vector<std::string>>(
         "TABLES",
         [&options](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) options.tables.push_back(parse_table_input(text));
         },
         "Tables and the inputs that are copied into them, in this order; - is standard input")
      ->type_name("TABLE=INPUT");
}

void add_dimensions(CLI::App& app, LoadOptions& options) {
  app.add_option_function<std::vector<std::string>>(
         "--dimension",
         [&options](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) {
             options.dimensions.push_back(parse_dimension(text));
           }
         },
         "TABLE(key,attribute,...): the attributes leave the first input's rows and go into TABLE, "
         "once for each new key; may be repeated")
      ->allow_extra_args(false)
      ->type_name("SPEC");
}

// Words after the first one that are no file are tables: --source july.csv reading=july.csv.
void add_sources(CLI::App& app, LoadOptions& options) {
  app.add_option_function<std::vector<std::string>>(
         "--source",
         [&options](const std::vector<std::string>& words) {
           for (const std::string& word : words) {
             if (!options.sources.empty() && looks_like_table(word)) {
               options.tables.push_back(parse_table_input(word));
             } else {
               options.sources.push_back(word);
             }
           }
         },
         "The files that the rows come from: each is loaded once, whatever its name")
      ->type_name("FILE");
  app.add_option("--key", options.key,
                 "What is no file, or is to be known by more than its bytes: the load with this "
                 "key is done once")
      ->check(why_no_text)
      ->type_name("TEXT");
  app.add_option("--name", options.name, "What it is called, where not as --source or --key says")
      ->check(why_no_text)
      ->type_name("NAME");
  app.add_option("--source-column", options.source_column,
                 "The column of the inputs that names the file of each row, as --source does")
      ->type_name("NAME");
}

void add_choices(CLI::App& app, LoadOptions& options) {
  app.add_option_function<std::string>(
         "--on-known",
         [&options](const std::string& name) {
           options.on_known = name == "skip" ? OnKnown::kSkip : OnKnown::kError;
         },
         "A row that is there already with the same values: error (default) or skip")
      ->check(CLI::IsMember({"error", "skip"}))
      ->take_last()
      ->type_name("ACTION");
  app.add_option_function<std::string>(
         "--on-conflict",
         [&options](const std::string& name) {
           options.on_conflict = name == "keep"      ? OnConflict::kKeep
                                 : name == "replace" ? OnConflict::kReplace
                                                     : OnConflict::kError;
         },
         "A row that is there already with other values: error (default), keep those that are "
         "there, or replace them")
      ->check(CLI::IsMember({"error", "keep", "replace"}))
      ->take_last()
      ->envname("SP_ON_CONFLICT")
      ->type_name("ACTION");
  app.add_option(
         "--max-conflicts", options.max_conflicts,
         "Load nothing where more rows of a file have other values than those that are there")
      ->check(CLI::Range(std::int64_t{0}, INT64_MAX))
      ->take_last()
      ->envname("SP_MAX_CONFLICTS")
      ->type_name("N");
  app.add_option("--max-new-quantities", options.max_new_quantities,
                 "Load nothing where a schema has more quantities that are new to the database")
      ->check(CLI::Range(std::int64_t{0}, INT64_MAX))
      ->type_name("N");
  app.add_option("--max-new-sensors", options.max_new_sensors,
                 "Load nothing where there are more sensors that are new to the database")
      ->check(CLI::Range(std::int64_t{0}, INT64_MAX))
      ->type_name("N");
  app.add_option_function<std::string>(
         "--bad-text",
         [&options](const std::string& name) {
           options.bad_text = name == "replace" ? BadText::kReplace : BadText::kError;
         },
         "A zero byte in a text: error (default), or replace by U+FFFD")
      ->check(CLI::IsMember({"error", "replace"}))
      ->take_last()
      ->type_name("ACTION");
}

template <typename Seconds>
CLI::Option* add_time(CLI::App& app, const char* flag, Seconds& seconds, const char* help) {
  return app
      .add_option_function<std::string>(
          flag,
          [&seconds](const std::string& text) {
            seconds = static_cast<double>(parse_duration_flag(text)->count()) / 1000;
          },
          help)
      ->check([](const std::string& text) {
        return parse_duration_flag(text) ? std::string() : not_a_time(text);
      })
      ->type_name("TIME");
}

void add_verdicts(CLI::App& app, LoadOptions& options) {
  app.add_option(
         "--rejects", options.rejects,
         "Bring the rejected rows of each file, NAME and NAME.errors.ndjson, from this folder "
         "to quarantine after the commit")
      ->type_name("FOLDER");
  app.add_option("--quarantine", options.quarantine,
                 "Where they come (default: the folder quarantine beside each file)")
      ->type_name("FOLDER");
  app.add_option("--outcomes", options.outcomes,
                 "Append what became of each file, and end with 0 also where some are not loaded")
      ->type_name("FILE");
}

void add_journal(CLI::App& app, LoadOptions& options) {
  app.add_option("--journal", options.journal,
                 "After the commit bring what became of files from this journal of sp-watch into "
                 "sp.outcome; without TABLE=INPUT, all that is there")
      ->envname("SP_JOURNAL")
      ->take_last()
      ->type_name("FILE");
}

void refuse(bool wrong, const char* message) {
  if (wrong) throw Error(ExitCode::kUsage, message);
}

// A flag that takes a list takes all words up to the next flag.
void refuse_tables_among_reports(const std::vector<std::string>& reports) {
  for (const std::string& report : reports) {
    if (!looks_like_table(report)) continue;
    throw Error(ExitCode::kUsage,
                "--require-report took " + report +
                    " for a report; put -- or another flag before TABLE=INPUT, or "
                    "./ before a file whose name holds =");
  }
}

void refuse_repeated(std::vector<std::string> files) {
  std::sort(files.begin(), files.end());
  const auto twice = std::adjacent_find(files.begin(), files.end());
  if (twice == files.end()) return;
  throw Error(ExitCode::kUsage, "--source names " + *twice + " twice");
}

void check_sources(const LoadOptions& options) {
  refuse(options.tables.empty() && has_source(options), "--source and --key need a TABLE=INPUT");
  refuse(options.sources.size() > 1 && options.source_column.empty(),
         "several files of --source need --source-column: it tells the file of each row");
  refuse(options.sources.empty() && !options.source_column.empty(),
         "--source-column needs --source");
  refuse(!options.key.empty() && !options.source_column.empty(),
         "--key is of one source, and --source-column tells several apart");
  refuse(options.key.empty() && !options.name.empty(), "--name needs --key");
  const std::string whole = source_name(options);
  const std::string_view name = base_name(whole);
  refuse(!options.key.empty() && (name.empty() || name == "." || name == ".."),
         "what has a --key needs a name, such as --name july.csv");
  refuse_repeated(options.sources);
  refuse(!has_source(options) && loads_readings(options),
         "readings by a --schema need --source, the file that the ledger is to name, or --key");
}

}  // namespace

std::string source_name(const LoadOptions& options) {
  if (!options.name.empty()) return options.name;
  if (options.sources.empty()) return options.key;
  return options.sources.size() == 1 ? options.sources[0] : "";
}

bool loads_readings(const LoadOptions& options) {
  if (options.stream.schema.empty() || options.tables.empty()) return false;
  const TableName& table = options.tables.front().table;
  return (table.schema.empty() ? options.db_schema : table.schema) == "sp" &&
         table.name == "reading";
}

ConnectOptions connect_options(const LoadOptions& options) {
  const auto timeout = static_cast<std::int64_t>(options.answer_timeout * 1000);
  return {options.dsn, options.db_schema,
          std::chrono::milliseconds(std::max<std::int64_t>(1, timeout))};
}

void setup_load(CLI::App& app, LoadOptions& options) {
  add_examples(app, {"sp-load --init",
                     "sp-load --schema bme280.schema.json --source july.csv reading=standard.csv",
                     "sp-load --journal /srv/sensors/.sp-watch/journal.ndjson"});
  app.add_option("--dsn", options.dsn,
                 "Connection string or URI; by default libpq's environment, service and password "
                 "files decide")
      ->type_name("DSN");
  app.add_option("--db-schema", options.db_schema,
                 "Schema of tables that are named without one (default sp)")
      ->type_name("SCHEMA");
  add_sources(app, options);
  app.add_option("--require-report", options.required_reports,
                 "Commit only if these run reports are there and agree with the rows")
      ->type_name("FILE");
  add_verdicts(app, options);
  add_journal(app, options);
  add_dimensions(app, options);
  add_choices(app, options);
  add_time(app, "--retry-for", options.retry_for,
           "Go on trying that long after an error that may pass (default 5min; --init: 0)")
      ->take_last()
      ->envname("SP_RETRY_FOR");
  add_time(app, "--answer-timeout", options.answer_timeout,
           "Give a connection up that is silent for that long (default 15min)");
  app.add_option("--max-partitions", options.max_partitions,
                 "Refuse rows of more months than that (default 600)")
      ->check(CLI::Range(std::int64_t{0}, INT64_MAX))
      ->type_name("N");
  app.add_flag("--init", options.init, "Create the tables of schema sp, or bring them up to date");
  app.add_flag("--print-schema", options.print_schema,
               "Print the SQL of --init, for the owner of a database, and do nothing else");
  app.add_flag("--dry-run", options.dry_run, "Do everything, then roll back");
  app.add_option("--schema", options.stream.schema,
                 "Table Schema that the rows follow, for the tables of schema sp")
      ->type_name("FILE");
  add_input_flags(app, options.stream);
  add_report_flag(app, options.stream);
  add_tables(app, options);
}

void check_outputs(const LoadOptions& options) {
  std::vector<std::string> inputs = options.sources;
  inputs.insert(inputs.end(), options.required_reports.begin(), options.required_reports.end());
  for (const TableInput& table : options.tables) inputs.push_back(table.input);
  const OutputFile report[] = {{"--report", options.stream.report}};
  check_output_files(report, inputs);
}

void check_options(const LoadOptions& options) {
  refuse_tables_among_reports(options.required_reports);
  refuse(
      options.tables.empty() && options.journal.empty() && !options.init && !options.print_schema,
      "what is to be loaded? name TABLE=INPUT, such as reading=-");
  check_sources(options);
  refuse(!options.rejects.empty() && options.required_reports.empty(),
         "--rejects needs --require-report: only the reports tell what was rejected");
  refuse(!options.rejects.empty() && options.quarantine.empty() && !options.key.empty(),
         "--rejects with --key needs --quarantine: a key has no folder");
  refuse(options.rejects.empty() && !(options.quarantine + options.outcomes).empty(),
         "--quarantine and --outcomes need --rejects");
  refuse(options.tables.empty() && !options.required_reports.empty(),
         "--require-report needs a TABLE=INPUT");
  refuse(options.tables.empty() && !options.dimensions.empty(), "--dimension needs a TABLE=INPUT");
  refuse(options.retry_for && !(*options.retry_for >= 0 && *options.retry_for <= kMaxSeconds),
         "--retry-for is a time, such as 5min");
  refuse(!(options.answer_timeout > 0 && options.answer_timeout <= kMaxSeconds),
         "--answer-timeout is a time above 0, such as 15min");
  const auto stdins = std::count_if(options.tables.begin(), options.tables.end(),
                                    [](const TableInput& t) { return t.input == "-"; });
  refuse(stdins > 1, "standard input can be read for one table only");
}

}  // namespace sp::load
