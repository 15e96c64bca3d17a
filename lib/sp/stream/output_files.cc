#include "sp/stream/output_files.h"

#include <filesystem>
#include <system_error>

#include "sp/base/diagnostic.h"

namespace sp {
namespace {

// What a shell has redirected is a file like those that flags name.
constexpr const char* kStandardInput = "/dev/stdin";
constexpr const char* kStandardOutput = "/dev/stdout";

// A file of that name lies behind a standard stream. The stream's own name is the user's wish.
bool is_behind(const std::string& stream, const std::string& path) {
  return path != stream && is_same_file(path, stream);
}

bool is_named(const OutputFile& output) { return !output.path.empty() && output.path != "-"; }

[[noreturn]] void refuse(const OutputFile& output, const std::string& why) {
  throw Error(ExitCode::kUsage, output.flag + (" " + why));
}

void check_against_inputs(const OutputFile& output, const std::vector<std::string>& inputs) {
  for (const std::string& input : inputs) {
    if (input.empty()) continue;
    if (input == "-") {
      if (is_behind(kStandardInput, output.path)) {
        refuse(output, "would write over standard input");
      }
    } else if (is_same_file(output.path, input)) {
      refuse(output, "would write over the input " + input);
    }
  }
}

}  // namespace

bool is_same_file(const std::string& a, const std::string& b) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (a == b) return !fs::is_character_file(a, error);
  if (fs::is_regular_file(a, error)) return fs::equivalent(a, b, error);
  // Neither is there yet.
  return !fs::exists(a, error) && !fs::exists(b, error) &&
         fs::weakly_canonical(fs::absolute(a, error), error) ==
             fs::weakly_canonical(fs::absolute(b, error), error);
}

void check_output_files(std::span<const OutputFile> outputs,
                        const std::vector<std::string>& inputs) {
  for (const OutputFile& output : outputs) {
    if (!is_named(output)) continue;
    check_against_inputs(output, inputs);
    if (is_behind(kStandardOutput, output.path)) {
      refuse(output, "would write over standard output");
    }
    for (const OutputFile& other : outputs) {
      if (&other == &output || !is_named(other) || !is_same_file(output.path, other.path)) continue;
      refuse(output, std::string("and ") + other.flag + " name the same file");
    }
  }
}

void check_output_files(std::span<const OutputFile> outputs, const StreamOptions& stream) {
  std::vector<std::string> inputs = stream.files;
  if (inputs.empty()) inputs.emplace_back("-");
  inputs.push_back(stream.schema);
  check_output_files(outputs, inputs);
}

}  // namespace sp
