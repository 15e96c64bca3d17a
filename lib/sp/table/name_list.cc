#include "sp/table/name_list.h"

#include "sp/base/diagnostic.h"
#include "sp/base/nfc.h"

namespace sp {
namespace {

[[noreturn]] void fail(std::string_view flag, std::string_view text, std::string_view reason) {
  throw Error(ExitCode::kUsage,
              std::string(flag) + " '" + std::string(text) + "': " + std::string(reason));
}

// Takes one name from the front of `rest`, up to a `stop` outside quotes or the end.
std::string take_name(std::string_view& rest, char stop, std::string_view flag,
                      std::string_view text) {
  if (!rest.starts_with('"')) {
    const std::string_view name = rest.substr(0, rest.find(stop));
    rest.remove_prefix(name.size());
    if (name.empty()) fail(flag, text, "a name is empty; write \"\" for a column without a name");
    return nfc(name);
  }
  std::string name;
  for (;;) {
    rest.remove_prefix(1);
    const std::size_t quote = rest.find('"');
    if (quote == std::string_view::npos) fail(flag, text, "a quote is not closed");
    name += rest.substr(0, quote);
    rest.remove_prefix(quote + 1);
    if (!rest.starts_with('"')) break;
    name += '"';
  }
  if (!rest.empty() && rest.front() != stop) fail(flag, text, "there is text after a quoted name");
  return nfc(name);
}

}  // namespace

std::string shown_names(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 50;
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < kMost; ++i) {
    if (i > 0) out += ", ";
    out += names[i].empty() ? "(unnamed)" : names[i];
  }
  if (names.size() > kMost) out += " and " + std::to_string(names.size() - kMost) + " more";
  return out;
}

std::vector<std::string> parse_name_list(std::string_view text, std::string_view flag) {
  std::vector<std::string> names;
  std::string_view rest = text;
  for (;;) {
    names.push_back(take_name(rest, ',', flag, text));
    if (rest.empty()) return names;
    rest.remove_prefix(1);
  }
}

std::pair<std::string, std::string> parse_assignment(std::string_view text, std::string_view flag) {
  std::string_view rest = text;
  std::string name = take_name(rest, '=', flag, text);
  if (rest.empty()) fail(flag, text, "NAME=VALUE is needed");
  return {std::move(name), std::string(rest.substr(1))};
}

}  // namespace sp
