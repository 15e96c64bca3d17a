// What sp-schema infer has to say of what it guessed: on standard error, and in the schema.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sp/base/diagnostic.h"
#include "sp/table/columns.h"

namespace sp {

class Remarks {
 public:
  // Something that was found, whatever the schema says of it.
  void note(std::string text, std::optional<std::size_t> column = std::nullopt) {
    remarks_.push_back({std::move(text), column, false});
  }
  // Of two ways to read the input one was taken: which, and what to write where the other is right.
  // It is in the `$comment` of the column, or of the schema, too.
  void decide(std::string text, std::optional<std::size_t> column = std::nullopt);
  // What a person must say before sp-pipeline loads the input. A decision, too.
  void demand(std::string text, std::optional<std::size_t> column = std::nullopt);
  // All of them as warnings, in the order in which they were made; as errors the decisions where
  // they are (`is_strict`), and the demands where no schema is written for them (`must_load`).
  void warn(const Log& log, const Columns& columns, bool is_strict, bool must_load) const;
  std::size_t decisions() const { return decisions_; }
  bool has_demands() const { return has_demands_; }
  // The decisions of a column, or of the table, with "; " between them.
  std::string comment(std::optional<std::size_t> column) const;

 private:
  struct Remark {
    std::string text;
    std::optional<std::size_t> column;
    bool is_decision, is_demand = false;
  };
  std::vector<Remark> remarks_;
  std::map<std::optional<std::size_t>, std::string> comments_;
  std::size_t decisions_ = 0;
  bool has_demands_ = false;
};

}  // namespace sp
