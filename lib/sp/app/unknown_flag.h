// What is said about an argument that no flag or file place takes.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace sp {

// "there is no flag --intervall; did you mean --interval?": about the first of the arguments that
// `app` was left with after parsing.
std::string describe_unknown(const CLI::App& app, int argc, const char* const* argv);

}  // namespace sp
