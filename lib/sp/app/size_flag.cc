#include "sp/app/size_flag.h"

#include <CLI/CLI.hpp>

#include "sp/base/digits.h"

namespace sp {
namespace {

// CLI11 takes -1 for the largest number there is, and 010 for eight.
std::string read_size(std::string& text) {
  const bool is_number = !text.empty() && digits::is_digit(text[0]);
  const bool is_octal = text.size() > 1 && text[0] == '0';
  if (!is_number || is_octal) return "'" + text + "' is not a size; write one such as 64MiB";
  return CLI::AsSizeValue(true)(text);
}

}  // namespace

CLI::Option* add_size_flag(CLI::App& app, const std::string& flag, std::uint64_t& bytes,
                           const std::string& help) {
  return app.add_option(flag, bytes, help)
      ->transform(CLI::Validator(read_size, ""))
      ->type_name("SIZE");
}

}  // namespace sp
