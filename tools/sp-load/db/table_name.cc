#include "sp-load/db/table_name.h"

#include "sp/base/diagnostic.h"
#include "sp/base/excerpt.h"

namespace sp::load {
namespace {

// Reads names from the front of a flag's value.
class NameScanner {
 public:
  NameScanner(std::string_view text, const char* form) : all_(text), rest_(text), form_(form) {}

  // A run of characters that are not marks, or anything in double quotes, doubled to mean one.
  std::string name() {
    std::string out = !rest_.empty() && rest_.front() == '"' ? quoted() : plain();
    if (out.empty()) fail();
    return out;
  }
  TableName table() {
    TableName out{"", name()};
    if (take('.')) {
      out.schema = std::move(out.name);
      out.name = name();
    }
    return out;
  }
  bool take(char mark) {
    if (rest_.empty() || rest_.front() != mark) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char mark) {
    if (!take(mark)) fail();
  }
  std::string_view rest() const { return rest_; }
  [[noreturn]] void fail() const {
    throw Error(ExitCode::kUsage, "expected " + std::string(form_) + ", not " + excerpt(all_));
  }

 private:
  std::string plain() {
    const std::string_view out = rest_.substr(0, rest_.find_first_of("\".=(),"));
    rest_.remove_prefix(out.size());
    return std::string(out);
  }
  std::string quoted() {
    std::string out;
    rest_.remove_prefix(1);
    for (;;) {
      const std::size_t quote = rest_.find('"');
      if (quote == std::string_view::npos) fail();
      out += rest_.substr(0, quote);
      rest_.remove_prefix(quote + 1);
      if (!take('"')) return out;
      out += '"';
    }
  }
  std::string_view all_, rest_;
  const char* form_;
};

}  // namespace

TableInput parse_table_input(std::string_view text) {
  NameScanner scan(text, "TABLE=INPUT");
  TableInput out;
  out.table = scan.table();
  scan.expect('=');
  out.input = scan.rest();
  if (out.input.empty()) scan.fail();
  return out;
}

DimensionSpec parse_dimension(std::string_view text) {
  NameScanner scan(text, "--dimension 'TABLE(key,attribute,...)'");
  DimensionSpec out;
  out.table = scan.table();
  scan.expect('(');
  out.key = scan.name();
  while (scan.take(',')) out.attributes.push_back(scan.name());
  scan.expect(')');
  if (out.attributes.empty() || !scan.rest().empty()) scan.fail();
  return out;
}

}  // namespace sp::load
