// --infer: the schema that the data suggest, in one pass and memory that does not grow.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "options.h"
#include "sp/diagnostic.h"
#include "sp/record.h"
#include "sp/schema.h"

namespace sp {

// What is known of a column after the cells so far.
class ColumnGuess {
 public:
  ColumnGuess();
  void see(std::string_view text, CellKind kind);
  // The narrowest type that all values are of.
  FieldType type() const;
  bool is_required() const { return values_ > 0 && missing_ == 0; }
  // A bit for each of missing_markers() that was seen.
  unsigned markers() const { return markers_; }

 private:
  unsigned possible_;  // a bit for each candidate type
  unsigned markers_ = 0;
  std::uint64_t values_ = 0;
  std::uint64_t missing_ = 0;
};

// Texts that networks write for "no value".
const std::vector<std::string>& missing_markers();

// Prints the schema of `files` to standard output. Throws Error(kDataErr) for columns that cannot
// be told apart, or that differ between the files.
void infer_schema(const ValidateOptions& options, const std::vector<std::string>& files,
                  const Log& log);

}  // namespace sp
