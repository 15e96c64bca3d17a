#include "sp/app/outcomes.h"

#include "sp/base/json_text.h"

namespace sp {

std::string outcome_line(std::string_view file, ExitCode status, std::string_view reason,
                         std::string_view tool, std::string_view schema_sha256) {
  JsonObject line;
  line.add("file", file)
      .add("status", static_cast<int>(status))
      .add("reason", reason)
      .add("tool", tool);
  if (!schema_sha256.empty()) line.add("schema_sha256", schema_sha256);
  return line.str() + "\n";
}

std::string loaded_line(std::string_view file, std::uint64_t loaded, std::uint64_t known,
                        std::uint64_t rejected) {
  JsonObject rows, line;
  rows.add("loaded", loaded).add("known", known).add("rejected", rejected);
  line.add("file", file).add("status", 0).add("rows", rows);
  return line.str() + "\n";
}

}  // namespace sp
