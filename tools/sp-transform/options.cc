#include "options.h"

#include "sp/name_list.h"

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

}  // namespace

void setup_transform(CLI::App& app, TransformOptions& options) {
  for (const AssignmentFlag& row : kAssignmentFlags) add_assignments(app, row, options);
  add_names(app, "--select", options.select, "Write only these columns, in this order");
  add_names(app, "--drop", options.drop, "Leave these columns out");
  app.add_flag("--melt", options.melt,
               "One row for each value: quantity, value and unit instead of the measures' columns");
  add_names(app, "--values", options.values,
            "The columns that --melt takes apart (default: the schema's measures)");
  add_stream_flags(app, options.stream);
}

}  // namespace sp
