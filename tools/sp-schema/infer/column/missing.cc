#include "sp-schema/infer/column/missing.h"

#include <algorithm>
#include <set>

#include "sp/number/number.h"

namespace sp {
namespace {

// A column of nothing but this is one that nothing was measured in; of a greater number others must
// tell.
constexpr double kSurelyMissing = -999;

std::string text_of(double number) {
  char text[kMaxNumberText];
  return {text, format_shortest(number, text)};
}

bool is_numeric(const ColumnGuess& guess) {
  return guess.type() == FieldType::kInteger || guess.type() == FieldType::kNumber;
}

bool is_missing_in(const ColumnGuess& guess, double number) {
  const std::vector<double> numbers = guess.missing_numbers();
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

bool is_value_in(const ColumnGuess& guess, double number) {
  const ValueRange range = guess.range();
  return !range.is_empty && range.low.part <= number && number <= range.high.part;
}

std::vector<double> numbers_of_table(const SchemaDraft& draft) {
  std::vector<double> numbers;
  for (const double number : kMissingNumbers) {
    const auto count =
        std::count_if(draft.guesses.begin(), draft.guesses.end(),
                      [&](const ColumnGuess& guess) { return is_missing_in(guess, number); });
    if (count > 1) numbers.push_back(number);
  }
  return numbers;
}

// "2 columns ('T', 'RH')", of those that lack it.
void tell_of_others(SchemaDraft& draft, double number) {
  std::size_t have = 0, lack = 0;
  for (const ColumnGuess& guess : draft.guesses) {
    if (is_missing_in(guess, number)) {
      ++have;
    } else if (is_numeric(guess) && !is_value_in(guess, number)) {
      ++lack;
    }
  }
  if (lack == 0) return;
  draft.remarks.decide(text_of(number) + " stands for missing in " + counted(have, "column") +
                       ", and is taken for it in " + counted(lack, "other") +
                       " too, where it does not stand");
}

}  // namespace

// Their type is not known: it is that which most numbers are of.
void settle_columns_without_data(SchemaDraft& draft) {
  std::set<double> known;
  bool has_comma = false;
  for (const ColumnGuess& guess : draft.guesses) {
    for (const double number : guess.missing_numbers()) known.insert(number);
    has_comma = has_comma || guess.field().decimal_char == ",";
  }
  for (std::size_t i = 0; i < draft.guesses.size(); ++i) {
    ColumnGuess& guess = draft.guesses[i];
    const std::optional<double> number = guess.only_number();
    if (!number || (*number > kSurelyMissing && !known.contains(*number))) continue;
    guess.set_missing(*number);
    for (const Field* field : guess.alternatives()) {
      const bool is_it = field->type == FieldType::kNumber && field->group_char.empty() &&
                         field->decimal_char == (has_comma ? "," : ".");
      if (is_it) guess.choose(*field);
    }
    draft.remarks.decide(
        "all values are " + text_of(*number) + ", which is taken for missing: there are no data",
        i);
  }
}

void settle_missing_numbers(SchemaDraft& draft) {
  const std::vector<double> table = numbers_of_table(draft);
  for (const double number : table) {
    draft.schema.missing_numbers.push_back(text_of(number));
    tell_of_others(draft, number);
  }
  for (std::size_t i = 0; i < draft.guesses.size(); ++i) {
    const ColumnGuess& guess = draft.guesses[i];
    if (!is_numeric(guess)) continue;
    std::vector<std::string> own, all = draft.schema.missing_numbers;
    for (const double number : guess.missing_numbers()) {
      own.push_back(text_of(number));
      if (std::find(all.begin(), all.end(), own.back()) == all.end()) all.push_back(own.back());
    }
    const bool has_value = std::any_of(table.begin(), table.end(),
                                       [&](double number) { return is_value_in(guess, number); });
    if (has_value) {
      draft.schema.fields[i].missing_numbers = own;
    } else if (all.size() > table.size()) {
      draft.schema.fields[i].missing_numbers = all;
    }
  }
}

void settle_missing_texts(SchemaDraft& draft) {
  std::uint32_t markers = 1;  // the empty text, which is missing wherever nothing else is said
  for (const ColumnGuess& guess : draft.guesses) markers |= guess.missing();
  const auto texts_of = [](std::uint32_t bits) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < std::size(kMissingMarkers); ++i) {
      if ((bits >> i & 1) != 0) texts.emplace_back(kMissingMarkers[i].text);
    }
    return texts;
  };
  draft.schema.missing_values = texts_of(markers);
  for (std::size_t i = 0; i < draft.guesses.size(); ++i) {
    const std::uint32_t words = draft.guesses[i].words();
    if ((markers & words) != 0) draft.schema.fields[i].missing_values = texts_of(markers & ~words);
  }
}

}  // namespace sp
