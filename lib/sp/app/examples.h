// The end of --help.
#pragma once

#include <initializer_list>

namespace CLI {
class App;
}

namespace sp {

// `commands` that a person would copy, as they stand, and the man page of the tool, also behind the
// flags of a subcommand.
void add_examples(CLI::App& app, std::initializer_list<const char*> commands);

}  // namespace sp
