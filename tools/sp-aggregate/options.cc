#include "sp-aggregate/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "sp-aggregate/accumulator.h"
#include "sp-aggregate/window.h"
#include "sp/app/examples.h"
#include "sp/stream/output_files.h"
#include "sp/table/name_list.h"

namespace sp {
namespace {

constexpr const char* kDefaultStats = "count,min,max,mean,stddev";

// A flag that takes a list of names and may be repeated.
void add_names(CLI::App& app, const std::string& flag, std::vector<std::string>& names,
               const std::string& help, const std::string& type) {
  app.add_option_function<std::vector<std::string>>(
         flag,
         [&names, flag](const std::vector<std::string>& lists) {
           for (const std::string& list : lists) {
             const auto more = parse_name_list(list, flag);
             names.insert(names.end(), more.begin(), more.end());
           }
         },
         help)
      ->allow_extra_args(false)
      ->type_name(type);
}

std::string stats_help() {
  std::string help = "Statistics, in the order of the output (default ";
  help += kDefaultStats;
  help += "):";
  for (const Statistic& statistic : statistics()) {
    help += "\n" + std::string(statistic.name) + ": " + std::string(statistic.help);
  }
  return help;
}

void refuse(bool wrong, const char* message) {
  if (wrong) throw Error(ExitCode::kUsage, message);
}

void add_by(CLI::App& app, AggregateOptions& options) {
  app.add_option_function<std::vector<std::string>>(
         "--by",
         [&options](const std::vector<std::string>& lists) {
           for (const std::string& list : lists) {
             options.is_total = list.empty();
             if (list.empty()) {
               options.by.clear();
               continue;
             }
             const auto more = parse_name_list(list, "--by");
             options.by.insert(options.by.end(), more.begin(), more.end());
           }
         },
         "One group for each combination of these columns' values (default: the schema's keys, or "
         "those of the states); '' for one group of all")
      ->allow_extra_args(false)
      ->type_name("COLS");
}

void check_distinct(const std::vector<std::string>& names, const std::string& flag) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto end = names.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(names.begin(), end, names[i]) != end) {
      throw Error(ExitCode::kUsage, flag + " names '" + names[i] + "' twice");
    }
  }
}

void check_stats(const AggregateOptions& options) {
  for (const std::string& name : options.stats) {
    const Statistic* statistic = find_statistic(name);
    if (statistic == nullptr) {
      throw Error(ExitCode::kUsage, "--stats: there is no statistic '" + name + "'");
    }
    if (statistic->needs_rows && options.merge) {
      throw Error(ExitCode::kUsage, "--stats " + name + " needs the rows; --merge has only states");
    }
  }
}

}  // namespace

void setup_aggregate(CLI::App& app, AggregateOptions& options) {
  add_examples(
      app, {"sp-aggregate --schema bme280.schema.json --every 1h --stats mean standard.csv",
            "sp-aggregate --by sensor_id --time ts --every 1d --values temperature standard.csv",
            "sp-aggregate --by sensor_id --values pressure --partial standard.csv >part-1.state",
            "cat part-*.state | sp-aggregate --merge"});
  add_by(app, options);
  app.add_option("--file-column", options.file_column,
                 "The column that names the file of each row, which is a part of every key")
      ->type_name("NAME");
  app.add_option("--time", options.time, "Column of the time (default: the schema's time)")
      ->type_name("COL");
  app.add_option_function<std::string>(
         "--every", [&options](const std::string& text) { options.every = Windows(text).text(); },
         "Time windows of this length, aligned to UTC: a number and s, min, h, d, w, mo or y")
      ->type_name("WINDOW");
  app.add_option(
         "--zone", options.zone,
         "Windows by the clocks of this IANA time zone, or 'schema' for that of the schema's "
         "time: local days have 23 or 25 hours where the clocks change")
      ->type_name("ZONE");
  add_names(app, "--values", options.values,
            "Columns to summarise (default: the schema's measures)", "COLS");
  add_names(app, "--stats", options.stats, stats_help(), "NAMES");
  app.add_flag("--sort", options.sort,
               "Groups by their key, numerically where all of a column are integers; without it "
               "in the order of first appearance");
  app.add_flag("--raw", options.raw,
               "The input is as the schema says, not yet what sp-transform makes of it");
  app.add_flag("--partial", options.partial,
               "Write states that --merge can put together: n, mean, m2, min, max");
  app.add_flag("--merge", options.merge, "Read such states instead of rows");
  app.add_flag("--pass-through", options.pass_through,
               "Pass the input's rows to standard output; needs --output");
  app.add_option("--output", options.output, "Write the results there instead of standard output")
      ->type_name("FILE");
  add_stream_flags(app, options.stream);
}

void check_outputs(const AggregateOptions& options) {
  const OutputFile outputs[] = {{"--output", options.output}, {"--report", options.stream.report}};
  check_output_files(outputs, options.stream);
}

void check_options(AggregateOptions& options) {
  refuse(options.pass_through && options.output == "-",
         "--pass-through writes the rows to standard output; name a file for the results with "
         "--output FILE");
  refuse(options.partial && !options.stats.empty(),
         "--partial always writes n, mean, m2, min and max; leave --stats out");
  refuse(options.merge && !options.stream.schema.empty(),
         "--merge takes names and units from the states; leave --schema out");
  refuse(options.raw && options.stream.schema.empty(),
         "--raw says how a schema is read; it needs --schema FILE");
  refuse(options.merge && !options.file_column.empty(),
         "--merge takes keys from the states; leave --file-column out");
  refuse(options.merge && !options.time.empty(),
         "--merge takes times from window_start; leave --time out");
  refuse(!options.merge && options.every.empty() && !options.time.empty(),
         "--time needs --every WINDOW, such as --every 1h");
  refuse(!options.merge && !options.every.empty() && options.time.empty() &&
             options.stream.schema.empty(),
         "--every needs --time COL, or a schema with a field of the role time");
  refuse(!options.merge && options.values.empty() && options.stream.schema.empty(),
         "what is to be summarised? name columns with --values COLS, or a schema with fields of "
         "the role measure");
  refuse(!options.zone.empty() && options.every.empty(),
         "--zone says whose clocks windows follow; it needs --every WINDOW, such as --every 1d");
  refuse(options.zone == kSchemaZone && options.stream.schema.empty(),
         "--zone schema needs --schema FILE");
  check_distinct(options.by, "--by");
  check_distinct(options.values, "--values");
  check_distinct(options.stats, "--stats");
  check_stats(options);
  if (options.stats.empty()) options.stats = parse_name_list(kDefaultStats, "--stats");
}

}  // namespace sp
