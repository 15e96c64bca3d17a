#include "sp/stream/stream_options.h"

#include <unistd.h>
#include <CLI/CLI.hpp>

#include <optional>

#include "sp/app/size_flag.h"
#include "sp/table/formats.h"

namespace sp {
namespace {

constexpr const char* kFormatNames[] = {"auto", "csv", "tsv", "ndjson"};

Format format_of(const std::string& name) {
  int i = 0;
  while (name != kFormatNames[i]) ++i;  // the check let only these through
  return static_cast<Format>(i);
}

char delimiter_of(const std::string& text) {
  return text == "\\t" || text == "tab" ? '\t' : text[0];
}

std::string check_delimiter(const std::string& text) {
  const char c = text.empty() ? '\n' : delimiter_of(text);
  const bool is_one = text.size() == 1 || c == '\t';
  if (is_one && c != '"' && c != '\r' && c != '\n' && static_cast<unsigned char>(c) < 0x80) {
    return "";
  }
  return std::string(
             "the delimiter is one ASCII character, not a quote or a line end ('\\t' is a "
             "tab)") +
         (text.size() > 1 ? "; put one that no cell holds in the place of a longer one, as by "
                            "sed 's/||/\\t/g'"
                          : "");
}

using DialectChange = std::function<void(Dialect&)>;

// A flag's change of the dialect: made now, and kept to be made again over a schema's.
void change_dialect(StreamOptions& options, DialectChange change) {
  change(options.read.dialect);
  options.dialect_changes.push_back(std::move(change));
}

// A flag whose value is one character, or "" for none.
void add_character_flag(CLI::App& app, StreamOptions& options, const char* name,
                        std::optional<char> Dialect::*member, const char* help) {
  app.add_option_function<std::string>(
         name,
         [&options, member](const std::string& text) {
           change_dialect(options, [member, text](Dialect& dialect) {
             if (text.empty()) {
               (dialect.*member).reset();
             } else {
               dialect.*member = text[0];
             }
           });
         },
         help)
      ->check([](const std::string& text) {
        return std::string(text.size() > 1 ? "one character is wanted, or '' for none" : "");
      })
      ->type_name("C");
}

void add_dialect_flags(CLI::App& app, StreamOptions& options) {
  app.add_option_function<std::string>(
         "--dialect",
         [&options](const std::string& path) {
           change_dialect(options, [=](Dialect& dialect) { apply_dialect_file(path, dialect); });
         },
         "Table Dialect of the CSV input; the flags below override it")
      ->trigger_on_parse()  // before the other flags, wherever it stands among them
      ->type_name("FILE");
  add_character_flag(app, options, "--quote", &Dialect::quote,
                     "Quote character of the CSV input; '' for none");
  add_character_flag(app, options, "--escape", &Dialect::escape,
                     "Escape character of the CSV input");
  app.add_option_function<std::string>(
         "--comment",
         [&options](const std::string& text) {
           change_dialect(options, [=](Dialect& dialect) { dialect.comment = text; });
         },
         "Rows that begin with TEXT are comments")
      ->type_name("TEXT");
  app.add_option_function<std::uint64_t>(
         "--skip-rows",
         [&options](const std::uint64_t& lines) {
           change_dialect(options, [=](Dialect& dialect) { dialect.skip_lines = lines; });
         },
         "Lines before the header that are no CSV")
      ->type_name("N");
  app.add_flag_callback(
      "--no-header",
      [&options] { change_dialect(options, [](Dialect& dialect) { dialect.header = false; }); },
      "The first row is data; names come from the schema, or are field1, field2, ...");
  app.add_flag_callback(
      "--row-names",
      [&options] { change_dialect(options, [](Dialect& dialect) { dialect.row_names = true; }); },
      "The header lacks the first column's name: it is row_names");
  app.add_flag_callback(
      "--flatten",
      [&options] { change_dialect(options, [](Dialect& dialect) { dialect.flatten = true; }); },
      "Members of nested objects of NDJSON are columns: a.b");
  app.add_flag_callback(
      "--ignore-trailing-empty",
      [&options] {
        change_dialect(options, [](Dialect& dialect) { dialect.ignore_trailing_empty = true; });
      },
      "Empty cells after the last named column are no cells");
  app.add_option("--encoding", options.read.encoding,
                 "Encoding of the input as iconv names it (default UTF-8; UTF-16 by its mark)")
      ->type_name("NAME");
}

}  // namespace

void apply_schema_dialect(StreamOptions& options, const Schema& schema, InputForm input) {
  Dialect dialect;
  if (!schema.dialect.empty()) apply_dialect(schema.dialect, schema.file + ": /dialect", dialect);
  if (input == InputForm::kStandard) {
    const std::optional<char> delimiter = dialect.delimiter;
    dialect = Dialect();
    dialect.delimiter = delimiter;
  }
  for (const Field& field : schema.fields) dialect.names.push_back(field.name);
  for (const DialectChange& change : options.dialect_changes) change(dialect);
  if (options.read.encoding.empty()) options.read.encoding = dialect.encoding;
  options.read.dialect = std::move(dialect);
}

void expect_members(StreamOptions& options, const Schema& schema) {
  for (const Field& field : schema.fields) options.read.members.push_back(field.name);
  options.read.takes_other_members =
      schema.fields_match == FieldsMatch::kSubset || schema.fields_match == FieldsMatch::kPartial;
}

const std::string& shown_name(const StreamOptions& options, const std::string& file) {
  return options.source.name.empty() ? file : options.source.name;
}

std::unique_ptr<ByteSource> open_source(const StreamOptions& options, const std::string& file) {
  SourceOptions source = options.source;
  source.xxh128 = !options.report.empty();
  return open_source(file, source);
}

std::unique_ptr<RecordReader> open_input(const StreamOptions& options, const std::string& file) {
  ReadOptions read = options.read;
  if (file == "-") read.of_nothing = Format::kNdjson;
  return open_reader(open_source(options, file), read);
}

void add_input_flags(CLI::App& app, StreamOptions& options) {
  app.add_option_function<std::string>(
         "--from", [&options](const std::string& name) { options.read.from = format_of(name); },
         "Input format: auto (default), csv, tsv or ndjson")
      ->check(CLI::IsMember({"auto", "csv", "tsv", "ndjson"}))
      ->type_name("FORMAT");
  app.add_option_function<std::string>(
         "--delimiter",
         [&options](const std::string& text) { options.read.delimiter = delimiter_of(text); },
         "Character between the fields of a CSV file")
      ->check(check_delimiter)
      ->type_name("C");
  add_dialect_flags(app, options);
  add_size_flag(app, "--max-row-bytes", options.read.max_row_bytes,
                "Refuse an input with a longer row (default 64MiB)");
  add_size_flag(app, "--max-unpacked-bytes", options.source.max_unpacked_bytes,
                "Refuse a compressed input that unpacks to more (default: no limit)");
  options.progress = ::isatty(STDERR_FILENO) == 1;
  app.add_flag_callback(
      "--progress", [&options] { options.progress = true; },
      "Show bytes, rows, rate and ETA (default on a terminal)");
  app.add_flag_callback(
      "--no-progress", [&options] { options.progress = false; }, "Show no progress");
  app.parse_complete_callback([&app, &options] {
    if (app.count("--quiet") != 0 && app.count("--progress") == 0) options.progress = false;
  });
}

namespace {

// For an input that is a piece of a file, or has no name.
void add_piece_flags(CLI::App& app, StreamOptions& options) {
  app.add_option("--source-name", options.source.name,
                 "What messages, reports and --from-name call the input, of which there is one")
      ->type_name("NAME");
  app.add_option("--first-row", options.read.first_row,
                 "Number of the input's first row in the file of which it is a piece (default 1)")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 53))
      ->type_name("N");
  app.final_callback([&app, &options] {
    for (const char* flag : {"--source-name", "--first-row"}) {
      if (app.count(flag) == 0 || options.files.size() <= 1) continue;
      throw CLI::ValidationError(flag, "is of a single input");
    }
  });
}

}  // namespace

void add_report_flag(CLI::App& app, StreamOptions& options) {
  app.add_option("--report", options.report, "Write a run report when all is done")
      ->type_name("FILE");
}

void add_stream_flags(CLI::App& app, StreamOptions& options) {
  app.add_option_function<std::string>(
         "--to", [&options](const std::string& name) { options.to = format_of(name); },
         "Output format: csv, tsv or ndjson; as the input unless said")
      ->check(CLI::IsMember({"csv", "tsv", "ndjson"}))
      ->type_name("FORMAT");
  app.add_option("--schema", options.schema, "Table Schema of the input")->type_name("FILE");
  add_input_flags(app, options);
  add_piece_flags(app, options);
  add_report_flag(app, options);
  app.add_option("FILE", options.files, "Inputs; none, or -, is standard input");
}

WriteOptions write_options(const StreamOptions& options, const RecordReader& reader) {
  WriteOptions out;
  out.to = options.to == Format::kAuto ? reader.format() : options.to;
  if (options.to == Format::kAuto) {
    out.delimiter = reader.delimiter();
  } else if (out.to == Format::kTsv) {
    out.delimiter = '\t';
  } else if (out.to == Format::kCsv) {
    // NDJSON has no delimiter: the flag can only be about the output.
    const bool is_for_output = reader.format() == Format::kNdjson && options.read.delimiter != '\0';
    out.delimiter = is_for_output ? options.read.delimiter : ',';
  }
  return out;
}

}  // namespace sp
