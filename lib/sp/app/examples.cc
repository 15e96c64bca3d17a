#include "sp/app/examples.h"

#include <CLI/CLI.hpp>
#include <string>

namespace sp {

void add_examples(CLI::App& app, std::initializer_list<const char*> commands) {
  const CLI::App* const parent = app.get_parent();
  std::string text = "Examples:\n";
  for (const char* const command : commands) text += std::string("  ") + command + "\n";
  app.footer(text + "\nSee " + (parent != nullptr ? parent : &app)->get_name() + "(1).");
}

}  // namespace sp
