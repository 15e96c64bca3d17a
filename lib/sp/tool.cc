#include "sp/tool.h"

#include <fcntl.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <new>
#include <system_error>

#include "sp/formats.h"
#include "sp/report.h"
#include "sp/unknown_flag.h"
#include "sp/version.h"

namespace sp {

namespace {

constexpr const char* kFormatNames[] = {"auto", "csv", "tsv", "ndjson"};

Format format_of(const std::string& name) {
  int i = 0;
  while (name != kFormatNames[i]) ++i;  // one_of() let only these through
  return static_cast<Format>(i);
}

// Checks whose description does not repeat in --help what the flag's text says.
CLI::Validator one_of(const std::vector<std::string>& words) {
  return CLI::Validator(CLI::IsMember(words)).description("");
}

CLI::Validator size_value() { return CLI::Validator(CLI::AsSizeValue(true)).description(""); }

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

// A descriptor 0, 1 or 2 that is closed would be given to the next file opened, whose bytes would
// then mix with records or diagnostics. Its place is taken by one that fails when it is used.
void hold_standard_descriptors() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1 && errno == EBADF) {
      ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
  }
}

// Where flags are wrong, those that matter all the same are looked for by hand.
std::string_view value_of(std::string_view flag, int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    if (arg == flag && i + 1 < argc) return argv[i + 1];
    if (arg.starts_with(flag) && arg.substr(flag.size()).starts_with('=')) {
      return arg.substr(flag.size() + 1);
    }
  }
  return "";
}

LogFormat wanted_log_format(int argc, char** argv) {
  return value_of("--log-format", argc, argv) == "json" ? LogFormat::kJson : LogFormat::kText;
}

// A run that ends at its flags must not leave the report of the run before. What else the name may
// stand for is not known yet: nothing goes that is no report.
void discard_stale_report(int argc, char** argv) {
  const std::string path(value_of("--report", argc, argv));
  std::error_code none;
  if (!std::filesystem::is_regular_file(path, none)) return;
  try {
    read_report(path);
    discard_report(path);
  } catch (const Error&) {
    return;
  }
}

void print(const std::string& text) {
  const bool failed = std::fwrite(text.data(), 1, text.size(), stdout) != text.size();
  if (std::fflush(stdout) != 0 || failed) throw_errno("write", "standard output");
}

// CLI11 would describe how a value is checked behind its name: "TIME:FLOAT [UNIT]". What matters of
// it is in the flag's text.
void hide_checks(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    try {
      for (int i = 0;; ++i) option->get_validator(i)->description("");
    } catch (const CLI::OptionNotFound&) {
      continue;  // behind the last check
    }
  }
}

// True where the tool has work to do; --help and --version are done here.
bool parse(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return true;
  } catch (const CLI::CallForHelp&) {
    hide_checks(app);
    print(app.help());
  } catch (const CLI::CallForVersion& version) {
    print(std::string(version.what()) + "\n");
  } catch (const CLI::ExtrasError&) {
    throw Error(ExitCode::kUsage, describe_unknown(app, argc, argv));
  } catch (const CLI::ParseError& error) {
    throw Error(ExitCode::kUsage, error.what());
  }
  return false;
}

int report_failure(const Log& log, const std::string& name) {
  try {
    throw;
  } catch (const Error& error) {
    std::string message = error.what();
    if (error.code() == ExitCode::kUsage) message += "; '" + name + " --help' lists the flags";
    log.error(message, error.where());
    return static_cast<int>(error.code());
  } catch (const std::bad_alloc&) {
    log.error("out of memory");
    return static_cast<int>(ExitCode::kIoErr);
  } catch (const std::system_error& error) {
    log.error(error.what());
    return static_cast<int>(ExitCode::kIoErr);
  } catch (const std::exception& error) {
    log.error(std::string("this is a bug in ") + name + " " + kVersion + ": " + error.what());
  } catch (...) {
    log.error(std::string("this is a bug in ") + name + " " + kVersion);
  }
  return static_cast<int>(ExitCode::kSoftware);
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
      "--ignore-trailing-empty",
      [&options] {
        change_dialect(options, [](Dialect& dialect) { dialect.ignore_trailing_empty = true; });
      },
      "Empty cells behind the last named column are no cells");
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

void add_common_flags(CLI::App& app, CommonOptions& options) {
  app.add_option_function<std::string>(
         "--log-format",
         [&options](const std::string& name) {
           options.log_format = name == "json" ? LogFormat::kJson : LogFormat::kText;
         },
         "Diagnostics as text (default) or as json, one object a line")
      ->check(one_of({"text", "json"}))
      ->type_name("FORMAT");
  app.add_flag("--quiet", options.quiet, "Only warnings and errors on standard error");
}

void add_input_flags(CLI::App& app, StreamOptions& options) {
  app.add_option_function<std::string>(
         "--from", [&options](const std::string& name) { options.read.from = format_of(name); },
         "Input format: auto (default), csv, tsv or ndjson")
      ->check(one_of({"auto", "csv", "tsv", "ndjson"}))
      ->type_name("FORMAT");
  app.add_option_function<std::string>(
         "--delimiter",
         [&options](const std::string& text) { options.read.delimiter = delimiter_of(text); },
         "Character between the fields of a CSV file")
      ->check(check_delimiter)
      ->type_name("C");
  add_dialect_flags(app, options);
  app.add_option("--max-row-bytes", options.read.max_row_bytes,
                 "Refuse an input with a longer row (default 64MiB)")
      ->transform(size_value())
      ->type_name("SIZE");
  app.add_option("--max-unpacked-bytes", options.source.max_unpacked_bytes,
                 "Refuse a compressed input that unpacks to more (default: no limit)")
      ->transform(size_value())
      ->type_name("SIZE");
  app.add_option("--report", options.report, "Write a run report when all is done")
      ->type_name("FILE");
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

void add_stream_flags(CLI::App& app, StreamOptions& options) {
  app.add_option_function<std::string>(
         "--to", [&options](const std::string& name) { options.to = format_of(name); },
         "Output format: csv, tsv or ndjson; as the input unless said")
      ->check(one_of({"csv", "tsv", "ndjson"}))
      ->type_name("FORMAT");
  app.add_option("--schema", options.schema, "Table Schema of the input")->type_name("FILE");
  add_input_flags(app, options);
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

int run_tool(int argc, char** argv, const std::string& name, const std::string& description,
             CommonOptions& common, const std::function<void(CLI::App&)>& setup,
             const std::function<void(const Log&)>& run) {
  hold_standard_descriptors();
  std::signal(SIGPIPE, SIG_DFL);  // a parent may have it ignored
  std::signal(SIGXFSZ, SIG_IGN);  // a limit of the file size is a write that fails, with EFBIG
  Log log(name, wanted_log_format(argc, argv), false);
  bool is_parsed = false;
  try {
    CLI::App app{description, name};
    app.get_formatter()->column_width(34);
    setup(app);
    add_common_flags(app, common);
    app.set_version_flag("--version", name + " " + kVersion, "Print the version and exit");
    if (!parse(app, argc, argv)) return 0;
    is_parsed = true;
    log = Log(name, common.log_format, common.quiet);
    run(log);
    return 0;
  } catch (...) {
    if (!is_parsed) discard_stale_report(argc, argv);
    return report_failure(log, name);
  }
}

}  // namespace sp
