#include "sp/schema/missing_values.h"

namespace sp {

MissingValues::MissingValues(const std::vector<std::string>& texts) {
  std::vector<std::string> listed;
  for (const std::string& text : texts) {
    if (text.empty()) {
      empty_ = true;
    } else {
      first_.set(static_cast<unsigned char>(text[0]));
      listed.push_back(text);
    }
  }
  if (!empty_ && !listed.empty()) text_ = listed.front();
  texts_ = ListedValues<std::string>(std::move(listed));
}

MissingValues::MissingValues(const Schema& schema, const Field& field)
    : MissingValues(field.missing_values.value_or(schema.missing_values)) {
  const bool is_numeric = field.type == FieldType::kNumber || field.type == FieldType::kInteger;
  const auto& numbers = field.missing_numbers ? *field.missing_numbers : schema.missing_numbers;
  if (is_numeric && !numbers.empty()) add_numbers(field, numbers);
}

// Numbers begin with few bytes, unless a field's numbers may have any text before them.
void MissingValues::add_numbers(const Field& field, const std::vector<std::string>& numbers) {
  if (!empty_ && text_.empty()) text_ = numbers.front();
  std::vector<double> listed;
  for (const std::string& text : numbers) {
    double number = 0;
    if (parse_double(text, number)) listed.push_back(number);
  }
  numbers_ = ListedValues<double>(std::move(listed));
  format_.emplace_back(field);
  for (const char c : std::string("0123456789+-") + field.decimal_char[0]) {
    first_.set(static_cast<unsigned char>(c));
  }
  if (!field.bare_number) first_.set();
}

bool MissingValues::is_listed(std::string_view text) const {
  if (texts_.contains(text)) return true;
  if (numbers_.empty()) return false;
  double number = 0;
  return format_.front().parse(text, number) && numbers_.contains(number);
}

}  // namespace sp
