// The texts that stand for "no value".
#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

#include "sp/base/listed_values.h"
#include "sp/schema/number_format.h"
#include "sp/schema/schema.h"
#include "sp/table/record.h"

namespace sp {

class MissingValues {
 public:
  explicit MissingValues(const std::vector<std::string>& texts);
  // Those of a field: its own missingValues and missingNumbers, or the schema's.
  MissingValues(const Schema& schema, const Field& field);
  // Matched on the whole text. JSON's null is always missing.
  bool contains(std::string_view text, CellKind kind) const {
    if (text.empty()) return empty_ || kind == CellKind::kNull;
    return first_.test(static_cast<unsigned char>(text[0])) && is_listed(text);
  }

  // How a missing value is written where the format has no null: empty where that is missing, or
  // else the first text or number that is; empty too where nothing is.
  const std::string& text() const { return text_; }

 private:
  void add_numbers(const Field& field, const std::vector<std::string>& numbers);
  bool is_listed(std::string_view text) const;
  bool empty_ = false;
  std::string text_;
  std::bitset<256> first_;  // first bytes of what is listed: rules out nearly all values at once
  ListedValues<std::string> texts_;
  ListedValues<double> numbers_;              // missing in any spelling
  mutable std::vector<NumberFormat> format_;  // of the numbers, where there are any; has a buffer
};

}  // namespace sp
