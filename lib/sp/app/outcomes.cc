#include "sp/app/outcomes.h"

#include "sp/base/json_text.h"

namespace sp {

std::string outcome_line(std::string_view file, ExitCode status, std::string_view reason) {
  JsonObject line;
  line.add("file", file).add("status", static_cast<int>(status)).add("reason", reason);
  return line.str() + "\n";
}

}  // namespace sp
