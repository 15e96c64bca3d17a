// The columns of the output while flags are still added to them, found by their names.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sp-transform/draft.h"

namespace sp {

class Drafts {
 public:
  // `file` is the input's, and `advice` its columns' (Columns::advice), for messages.
  Drafts(std::string file, std::string advice)
      : file_(std::move(file)), advice_(std::move(advice)) {}

  const std::string& file() const { return file_; }
  std::vector<Draft>& all() { return all_; }
  const std::vector<Draft>& all() const { return all_; }
  void add(Draft draft) { all_.push_back(std::move(draft)); }

  bool has(const std::string& name) const;
  // The first of that name. `asker` is the flag or property that names it. Throws Error(kDataErr)
  // where there is none, as do all below.
  Draft& find(const std::string& name, const char* asker);
  // Where the columns of a list are, each of them another one: of two of a name, the first is meant
  // by the first mention.
  std::vector<std::size_t> indexes_of(const std::vector<std::string>& names,
                                      const char* asker) const;
  void drop(const std::vector<std::string>& names, const char* asker);
  void select(const std::vector<std::string>& names, const char* asker);

 private:
  [[noreturn]] void fail_absent(const std::vector<std::string>& absent, const char* asker) const;

  std::string file_, advice_;
  std::vector<Draft> all_;
};

}  // namespace sp
