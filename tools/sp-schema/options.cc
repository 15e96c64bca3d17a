#include "sp-schema/options.h"

#include <CLI/CLI.hpp>
#include <vector>

#include "sp-schema/choose/choose.h"
#include "sp-schema/infer/infer.h"
#include "sp-schema/show/show.h"
#include "sp/app/examples.h"
#include "sp/app/run_tool.h"
#include "sp/base/diagnostic.h"

namespace sp {
namespace {

void setup_infer(CLI::App& app, SchemaOptions& options) {
  add_examples(app, {"sp-schema infer --source 'city air' air.csv >air.schema.json",
                     "zcat air.csv.gz | sp-schema infer"});
  add_input_flags(app, options.infer.stream);
  app.add_option("--source", options.infer.source,
                 "Name of the network, for a schema with which sp-pipeline loads the file")
      ->type_name("NAME")
      ->check([](const std::string& name) { return name.empty() ? "must not be empty" : ""; }, "");
  app.add_flag("--strict", options.infer.strict,
               "Write nothing where the input can be read in more than one way (65)");
  app.add_option("FILE", options.infer.stream.files, "Inputs; none, or -, is standard input");
}

void setup_show(CLI::App& app, SchemaOptions& options) {
  add_examples(app, {"sp-schema show air.schema.json", "sp-schema show --as ddl air.schema.json"});
  std::vector<std::string> names;
  std::string help;
  for (const SchemaForm& form : schema_forms()) {
    help += std::string(names.empty() ? "" : ", ") + form.name + " (" + form.help + ")";
    names.emplace_back(form.name);
  }
  app.add_option("--as", options.show.form, help)->type_name("FORM")->check(CLI::IsMember(names));
  app.add_option("SCHEMA", options.show.schema, "A schema; none, or -, is standard input")
      ->type_name("");
}

void setup_choose(CLI::App& app, SchemaOptions& options) {
  add_examples(app,
               {"sp-schema choose --dir . july.csv",
                "sp-schema choose --schema bme280.schema.json --schema air.schema.json *.csv"});
  ChooseOptions& choose = options.choose;
  app.add_option("--dir", choose.folders, "Folder of schemas, *.json (default: SP_SCHEMA_DIR)")
      ->type_name("FOLDER")
      ->allow_extra_args(false);
  app.add_option("--schema", choose.schemas, "A schema; with this flag no folder is looked into")
      ->type_name("SCHEMA")
      ->allow_extra_args(false);
  app.add_flag("-0,--null", choose.null,
               "For each run SCHEMA, its FILEs and nothing, each with a NUL after it");
  app.add_option("--outcomes", choose.outcomes,
                 "Append a line of JSON for each file without a schema, which is no error then")
      ->type_name("FILE");
  app.add_option("FILE", choose.files, "Files to find schemas for")->required();
}

struct Command {
  const char* name;
  const char* help;
  void (*setup)(CLI::App& app, SchemaOptions& options);
  void (*run)(const SchemaOptions& options, const Log& log);
};
constexpr Command kCommands[] = {
    {"infer", "Write the schema that a file suggests", setup_infer,
     [](const SchemaOptions& options, const Log& log) { run_infer(options.infer, log); }},
    {"show", "Print a schema as a table, DDL, JSON Schema or Markdown", setup_show,
     [](const SchemaOptions& options, const Log&) { run_show(options.show); }},
    {"choose", "Tell which schema of a folder fits a file", setup_choose,
     [](const SchemaOptions& options, const Log& log) { choose::run_choose(options.choose, log); }},
};

std::string command_names() {
  std::string names;
  for (const Command& command : kCommands) {
    names += (names.empty() ? "" : &command == std::end(kCommands) - 1 ? " or " : ", ");
    names += command.name;
  }
  return names;
}

}  // namespace

void setup_schema(CLI::App& app, SchemaOptions& options) {
  add_examples(app, {"sp-schema infer --source 'city air' air.csv >air.schema.json",
                     "sp-schema show air.schema.json", "sp-schema choose --dir . july.csv"});
  app.require_subcommand(0, 1);  // a second one is a file's name
  for (const Command& command : kCommands) {
    CLI::App* const sub = app.add_subcommand(command.name, command.help);
    command.setup(*sub, options);
    add_common_flags(*sub, options.common);
    sub->callback([&options, &command] { options.run = command.run; });
  }
}

void run_schema(const SchemaOptions& options, const Log& log) {
  if (options.run == nullptr) {
    throw Error(ExitCode::kUsage, "say what to do: " + command_names());
  }
  options.run(options, log);
}

}  // namespace sp
