#include "sp-validate/options.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <system_error>

#include "sp/app/examples.h"
#include "sp/base/diagnostic.h"
#include "sp/base/key_hash.h"
#include "sp/base/path_name.h"
#include "sp/number/number.h"
#include "sp/stream/output_files.h"

namespace sp {
namespace {

bool parse_limit(const std::string& text, RejectLimit& limit) {
  limit.text = text;
  limit.is_percent = text.ends_with('%');
  if (limit.is_percent) {
    return parse_double(text.substr(0, text.size() - 1), limit.value) && limit.value >= 0 &&
           limit.value <= 100;
  }
  std::int64_t rows = 0;
  if (!parse_int64(text, rows) || rows < 0) return false;
  limit.value = static_cast<double>(rows);
  return true;
}

std::string check_limit(const std::string& text) {
  RejectLimit limit;
  return parse_limit(text, limit)
             ? ""
             : "'" + text + "' is neither a number of rows nor a percentage such as 2.5%";
}

// A flag that may be given more than once, each time with one value.
void add_list(CLI::App& app, const std::string& flag, std::vector<std::string>& values,
              const std::string& type, const std::string& help) {
  app.add_option(flag, values, help)->type_name(type)->allow_extra_args(false);
}

// In a batch, and in a folder of rejected rows, each file has outputs of its own, called as it is;
// no two may be one.
void check_own_outputs(const ValidateOptions& options) {
  std::error_code error;
  KeyNames taken{options.errors, options.stream.report};
  for (const std::string& file : options.stream.files) {
    const std::string& name = shown_name(options.stream, file);
    const std::string own = options.rejects.empty() ? name : rejects_path(options.rejects, name);
    if (!taken.insert(own).second || !taken.insert(own + ".errors.ndjson").second) {
      throw Error(ExitCode::kDataErr,
                  "another file of the run has this name, or outputs of it; give it to a run of "
                  "its own",
                  {file, 0, 0, ""});
    }
    if (options.rejects.empty() || file == "-") continue;
    const std::filesystem::path folder = std::filesystem::path(file).parent_path();
    if (std::filesystem::equivalent(options.rejects, folder.empty() ? "." : folder, error)) {
      throw Error(ExitCode::kUsage, "--rejects would write over the input " + file);
    }
  }
}

}  // namespace

std::string rejects_path(const std::string& folder, const std::string& file) {
  return folder + std::string(unpacked_name(base_name(file)));
}

void check_outputs(const ValidateOptions& options) {
  const bool is_folder = options.rejects.ends_with('/');
  if (options.is_batch() && !options.rejects.empty() && !is_folder) {
    throw Error(ExitCode::kUsage,
                "with --file-column, --rejects needs a folder: end it with a slash");
  }
  if (options.is_batch() || is_folder) check_own_outputs(options);
  const OutputFile outputs[] = {{"--rejects", options.rejects},
                                {"--errors", options.errors},
                                {"--report", options.stream.report}};
  for (const OutputFile& output : outputs) {
    if (output.path != "-") continue;
    throw Error(ExitCode::kUsage,
                std::string(output.flag) + " needs a file: valid rows go to standard output");
  }
  check_output_files(outputs, options.stream);
}

bool RejectLimit::is_exceeded(std::uint64_t rejected, std::uint64_t rows) const {
  const auto count = static_cast<double>(rejected);
  return is_percent ? count * 100 > value * static_cast<double>(rows) : count > value;
}

void setup_validate(CLI::App& app, ValidateOptions& options) {
  add_examples(app, {"sp-validate --schema bme280.schema.json --rejects bad.csv --errors "
                     "bad.ndjson july.csv >good.csv",
                     "sp-validate --require sensor_id --range temperature=-50:50 --rejects bad.csv "
                     "july.csv >good.csv"});
  app.add_option(
         "--rejects", options.rejects,
         "Write the rejected rows there, as they came, under the input's header; those of each "
         "input, and its errors, into files of their own in DIR/")
      ->type_name("FILE|DIR/");
  app.add_option("--errors", options.errors, "Write each violation there, one JSON object a line")
      ->type_name("FILE");
  app.add_option_function<std::string>(
         "--max-rejects",
         [&options](const std::string& text) {
           options.max_rejects.emplace();
           parse_limit(text, *options.max_rejects);
         },
         "Exit 65 where more rows are rejected: a number or a percentage")
      ->check(check_limit)
      ->type_name("N|P%");
  add_list(app, "--require", options.require, "COLS",
           "Columns that must be there and have a value in each row");
  add_list(app, "--type", options.type, "COL=TYPE",
           "Type of a column, as the Table Schema names them: string, integer, number, ...");
  add_list(app, "--range", options.range, "COL=MIN:MAX",
           "Least and greatest value of a column; either may be left out");
  app.add_option("--file-column", options.file_column,
                 "Mark each row with its file in a last column of that name; refuse files singly")
      ->type_name("NAME")
      ->check([](const std::string& name) { return name.empty() ? "a column needs a name" : ""; });
  add_stream_flags(app, options.stream);
}

}  // namespace sp
