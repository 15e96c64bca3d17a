// What a column is computed from where it is not one of the input's: several cells of the row, the
// row's place, or the name of its file.
//
// The text that a derivation gives belongs to it and is valid until it is applied again.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sp-transform/step.h"
#include "sp/schema/composite_time.h"
#include "sp/schema/file_name_pattern.h"
#include "sp/schema/missing_values.h"
#include "sp/table/record.h"
#include "sp/table/record_reader.h"
#include "sp/unit/formula.h"

namespace sp {

class Derivation {
 public:
  enum class Result { kValue, kMissing, kRefused };

  virtual ~Derivation() = default;
  // kMissing where a cell that it needs is missing, or the formula has no value for what is there.
  virtual Result apply(const Record& record, std::string_view& out) = 0;
  virtual CellKind gives() const = 0;
  // Of the row that was refused: why, for people, and by which of the input's columns.
  virtual std::string refusal(const Record&) const { return ""; }
  virtual std::size_t refused_column() const { return 0; }
};

// What the derivation makes of the row; valid until it is applied again. Throws Error(kDataErr).
Cell derived_cell(const RecordReader& reader, const Record& record, Derivation& derivation);

// What stands for one of a formula's inputs.
struct FormulaSource {
  enum class Kind { kUnused, kConstant, kColumn };
  Kind kind = Kind::kUnused;
  double constant = 0;     // in the formula's unit
  std::size_t column = 0;  // in the record
  UnitConversion unit;     // from the column's to the formula's
  Field field;             // how its numbers are written
  std::optional<MissingValues> missing;
};

// `change` is applied to the result. `formula` must outlive it.
std::unique_ptr<Derivation> number_derivation(const Formula& formula,
                                              std::vector<FormulaSource> sources,
                                              const NumberChange& change);
// To RFC 3339 in UTC.
std::unique_ptr<Derivation> time_derivation(const Field& field, const std::vector<TimePart>& parts);
// The number of the data row, and of the line on which it begins, both from 1.
std::unique_ptr<Derivation> row_number();
std::unique_ptr<Derivation> line_number();
// Group `part` of the file's name in `column`. Those of one pattern share it.
std::unique_ptr<Derivation> name_part(std::shared_ptr<FileNamePattern> pattern, std::size_t column,
                                      std::size_t part);

}  // namespace sp
