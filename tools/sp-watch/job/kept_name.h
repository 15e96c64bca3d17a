// The names of what lies in done/, quarantine/ and failed/: NAME itself, what lies beside it, and
// what sp-load keeps of both under a number, NAME.~1~ and NAME.errors.ndjson.~1~.
#pragma once

#include <string>
#include <string_view>

namespace sp::watch {

struct KeptName {
  std::string file;         // NAME
  std::string_view ending;  // of what lies beside it, a literal; empty for the file itself
  std::string number;       // ".~1~"; mostly empty

  // What it lies beside: NAME with the number. Of a file its own name.
  std::string beside() const { return file + number; }
};

KeptName parse_kept_name(std::string_view name);

}  // namespace sp::watch
