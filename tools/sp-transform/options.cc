#include "sp-transform/options.h"

#include <CLI/CLI.hpp>

#include "sp/app/examples.h"
#include "sp/table/name_list.h"

namespace sp {
namespace {

using Assignments = std::vector<TransformOptions::Assignment>;

struct AssignmentFlag {
  const char* flag;
  const char* type;
  const char* help;
  Assignments TransformOptions::*member;
};

const AssignmentFlag kAssignmentFlags[] = {
    {"--rename", "OLD=NEW", "Give a column another name", &TransformOptions::rename},
    {"--derive", "NAME=FORMULA",
     "Add a computed column: datetime, dew_point, us_aqi, ...; FORMULA(INPUT=COL,...) names inputs",
     &TransformOptions::derive},
    {"--utc", "COL[=ZONE]", "Write date-times in UTC; those without an offset are of ZONE (UTC)",
     &TransformOptions::utc},
    {"--unit", "COL=FROM:TO", "Convert numbers from one unit to another, in UDUNITS-2 spelling",
     &TransformOptions::unit},
    {"--normalize", "COL=METHOD",
     "Scale numbers: minmax:LO:HI maps LO..HI to 0..1, zscore:MEAN:SD to deviations",
     &TransformOptions::normalize},
    {"--round", "COL=N", "Write numbers with N digits after the point", &TransformOptions::round},
    {"--tag", "NAME=VALUE", "Add a column that holds VALUE in every row", &TransformOptions::tag},
};

// Other flags take a list.
void require_one_name(const TransformOptions::Assignment& rename) {
  const auto& [from, to] = rename;
  const std::size_t comma = to.find(',');
  if (comma == std::string::npos || to.find('=', comma) == std::string::npos) return;
  throw Error(ExitCode::kUsage,
              "--rename names one column; give it once for each, not '" + from + "=" + to + "'");
}

void add_assignments(CLI::App& app, const AssignmentFlag& row, TransformOptions& options) {
  app.add_option_function<std::vector<std::string>>(
         row.flag,
         [&options, row](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) {
             const bool needs_value = std::string_view(row.type).find('[') == std::string::npos;
             const bool has_value = text.find('=') != std::string::npos;
             Assignments& list = options.*row.member;
             if (needs_value || has_value) {
               list.push_back(parse_assignment(text, row.flag));
               if (&list == &options.rename) require_one_name(list.back());
             } else {
               list.emplace_back(text, "");
             }
           }
         },
         row.help)
      ->allow_extra_args(false)
      ->type_name(row.type);
}

void add_names(CLI::App& app, const char* flag, std::vector<std::string>& names, const char* help) {
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
      ->type_name("COLS");
}

struct TextFlag {
  const char* flag;
  const char* type;
  const char* help;
  std::string TransformOptions::*member;
};

const TextFlag kTextFlags[] = {
    {"--from-name", "PATTERN",
     "Add a column for each named group that PATTERN finds in the file's name: (?P<sensor>\\d+)",
     &TransformOptions::from_name},
    {"--file-column", "COL", "The column that holds the file's name, for --from-name",
     &TransformOptions::file_column},
    {"--row-number", "NAME", "Add a column with the number of the row",
     &TransformOptions::row_number},
    {"--line-number", "NAME", "Add a column with the number of the row's line in the file",
     &TransformOptions::line_number},
    {"--spread-schema", "FILE", "Write a schema of the rows that --spread makes, with their units",
     &TransformOptions::spread_schema},
    {"--output", "FILE", "Where rows go (default: standard output)", &TransformOptions::output},
};

// A flag of one of some words.
template <class T>
void add_word(CLI::App& app, const char* flag, std::optional<T>& target,
              const std::vector<std::pair<std::string, T>>& words, const char* help) {
  std::vector<std::string> names;
  names.reserve(words.size());
  for (const auto& word : words) names.push_back(word.first);
  app.add_option_function<std::string>(
         flag,
         [&target, words](const std::string& text) {
           for (const auto& [name, value] : words) {
             if (name == text) target = value;
           }
         },
         help)
      ->check(CLI::IsMember(names))
      ->type_name("WORD");
}

void add_dst(CLI::App& app, TransformOptions& options) {
  add_word<Dst>(
      app, "--dst", options.dst,
      {{"reject", Dst::kReject}, {"earlier", Dst::kEarlier}, {"later", Dst::kLater}},
      "What --utc makes of local times that do not exist or exist twice: reject (default), "
      "earlier or later");
}

void add_compress(CLI::App& app, TransformOptions& options) {
  add_word<Compression>(
      app, "--compress", options.compress,
      {{"gzip", Compression::kGzip}, {"zstd", Compression::kZstd}, {"none", Compression::kNone}},
      "Pack the output: gzip, zstd or none (default: by the name of --output, .gz or .zst)");
}

}  // namespace

void setup_transform(CLI::App& app, TransformOptions& options) {
  add_examples(app, {"sp-transform --schema bme280.schema.json good.csv >standard.csv",
                     "sp-transform --rename timestamp=ts --utc ts=Europe/Sofia --unit "
                     "temperature=degC:K good.csv",
                     "sp-transform --select sensor_id,timestamp,temperature --to ndjson good.csv"});
  for (const AssignmentFlag& row : kAssignmentFlags) add_assignments(app, row, options);
  add_dst(app, options);
  for (const TextFlag& row : kTextFlags) {
    app.add_option(row.flag, options.*row.member, row.help)->type_name(row.type);
  }
  add_names(app, "--select", options.select, "Write only these columns, in this order");
  add_names(app, "--drop", options.drop, "Leave these columns out");
  app.add_flag("--melt", options.melt,
               "One row for each value: quantity, value and unit instead of the measures' columns");
  app.add_flag("--spread", options.spread,
               "The inverse: one row for all quantities whose other columns are the same");
  add_names(
      app, "--values", options.values,
      "The columns that --melt takes apart (default: the schema's measures), or --spread makes");
  app.add_option("--spread-rows", options.spread_rows,
                 "Rows that --spread keeps open for later values (default 100000)")
      ->type_name("N");
  add_compress(app, options);
  add_stream_flags(app, options.stream);
}

}  // namespace sp
