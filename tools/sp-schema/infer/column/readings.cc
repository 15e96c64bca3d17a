#include "sp-schema/infer/column/readings.h"

#include <algorithm>
#include <cctype>

#include "sp-schema/infer/quantity/quantity.h"
#include "sp-schema/infer/role/key.h"
#include "sp-schema/infer/time/time_pieces.h"
#include "sp/base/excerpt.h"

namespace sp {
namespace {

bool is_numeric(const Field& field) {
  return field.type == FieldType::kInteger || field.type == FieldType::kNumber;
}

// "%d/%m/%Y" of "%m/%d/%Y" and the other way round.
std::string with_other_order(std::string format) {
  for (std::size_t i = 1; i < format.size(); ++i) {
    if (format[i - 1] != '%') continue;
    if (format[i] == 'd') {
      format[i] = 'm';
    } else if (format[i] == 'm') {
      format[i] = 'd';
    }
  }
  return format;
}

const Field* find_other_order(const ColumnGuess& guess) {
  const std::string format = guess.field().format;
  const std::string other = with_other_order(format);
  if (other == format) return nullptr;
  for (const Field* field : guess.alternatives()) {
    if (field->format == other && field->type == guess.type()) return field;
  }
  return nullptr;
}

bool has_day_first(const std::string& format) { return format.find("%d") < format.find("%m"); }

// The order that a text names: "Date (DD/MM/YYYY)", "TT.MM.JJJJ", "mm/dd/yy".
enum class DateOrder { kUnknown, kDayFirst, kMonthFirst };
DateOrder named_order(std::string_view text) {
  std::string plain;
  for (const char c : text) plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const char* const day : {"dd", "tt"}) {
    for (const char mark : {'/', '.', '-', ' '}) {
      const std::string month = "mm";
      if (plain.find(day + (mark + month)) != std::string::npos) return DateOrder::kDayFirst;
      if (plain.find(month + mark + day) != std::string::npos) return DateOrder::kMonthFirst;
    }
  }
  for (const char* const order : {"d/m/y", "d.m.y", "d-m-y"}) {
    if (plain.find(order) != std::string::npos) return DateOrder::kDayFirst;
  }
  for (const char* const order : {"m/d/y", "m.d.y", "m-d-y"}) {
    if (plain.find(order) != std::string::npos) return DateOrder::kMonthFirst;
  }
  return DateOrder::kUnknown;
}

DateOrder order_named_for(const SchemaDraft& draft, std::size_t column) {
  const DateOrder by_name = named_order(draft.columns[column]);
  return by_name != DateOrder::kUnknown ? by_name : named_order(draft.unit_text(column));
}

// Who writes AM and PM mostly writes the month first.
bool has_twelve_hours(const SchemaDraft& draft) {
  return std::any_of(draft.guesses.begin(), draft.guesses.end(), [](const ColumnGuess& guess) {
    return guess.field().format.find("%p") != std::string::npos;
  });
}

void choose_date_order(SchemaDraft& draft, std::size_t column) {
  ColumnGuess& guess = draft.guesses[column];
  const std::string format = guess.field().format;
  if (format == with_other_order(format) || format.find("%m") == std::string::npos) return;
  const Field* const other = find_other_order(guess);
  const DateOrder order = order_named_for(draft, column);
  const bool agrees = has_day_first(format) == (order == DateOrder::kDayFirst);
  if (!other) {
    if (order != DateOrder::kUnknown && !agrees) {
      draft.remarks.decide(
          "the header names another order of day and month than the dates have, "
          "which are read as " +
              format,
          column);
    }
    return;
  }
  if (order != DateOrder::kUnknown) {
    if (!agrees) guess.choose(*other);
    return;
  }
  const bool is_american = has_twelve_hours(draft) && has_day_first(format);
  const std::string left = is_american ? format : other->format;
  if (is_american) guess.choose(*other);
  draft.remarks.decide("the dates may be day before month or month before day: they are read as " +
                           guess.field().format +
                           (is_american ? ", as is usual beside AM and PM; " : "; ") + left +
                           " is the other",
                       column);
}

// Which signs of decimals the columns have that leave no doubt.
struct KnownMarks {
  bool has_point = false, has_comma = false;
};

bool has_decimals(const ColumnGuess& guess) { return guess.field().type == FieldType::kNumber; }

const Field* find_other_mark(const ColumnGuess& guess) {
  if (!has_decimals(guess) || guess.ambiguous_mark().empty()) return nullptr;
  for (const Field* field : guess.alternatives()) {
    const bool is_other = field->decimal_char != guess.field().decimal_char;
    if (is_other && is_numeric(*field)) return field;
  }
  return nullptr;
}

KnownMarks known_marks(const SchemaDraft& draft) {
  KnownMarks known;
  for (const ColumnGuess& guess : draft.guesses) {
    if (!has_decimals(guess) || find_other_mark(guess)) continue;
    (guess.field().decimal_char == "," ? known.has_comma : known.has_point) = true;
  }
  return known;
}

// 1.250 as it is read: 1250 where the point stands between groups.
std::string read_as(std::string text, const Field& field) {
  const std::size_t mark = text.find_first_of(".,");
  if (text.substr(mark, 1) == field.decimal_char) {
    text[mark] = '.';
  } else {
    text.erase(mark, 1);
  }
  return text;
}

void choose_marks(SchemaDraft& draft, const KnownMarks& known, std::size_t column) {
  ColumnGuess& guess = draft.guesses[column];
  if (!has_decimals(guess) || guess.ambiguous_mark().empty()) return;
  const std::string& mark = guess.ambiguous_mark();
  if (const Field* const other = find_other_mark(guess)) {
    const bool is_comma = guess.field().decimal_char == ",";
    const bool has_own = is_comma ? known.has_comma : known.has_point;
    const bool has_others = is_comma ? known.has_point : known.has_comma;
    if (!is_comma && !has_others && known.has_point) return;
    const Field& first = guess.field();
    const bool is_other = has_others && !has_own;
    if (is_other) guess.choose(*other);
    const Field& left = is_other ? first : *other;
    draft.remarks.decide(excerpt(mark) + " is read as " + read_as(mark, guess.field()) +
                             ", and may be " + read_as(mark, left),
                         column);
  } else if (!guess.field().group_char.empty()) {
    draft.remarks.decide(excerpt(mark) + " is read as " + read_as(mark, guess.field()) +
                             " beside decimals with " + excerpt(guess.field().decimal_char),
                         column);
  }
}

// 007 is a name, unless the column measures something; 007.5 is none.
void choose_padded(SchemaDraft& draft, std::size_t column) {
  ColumnGuess& guess = draft.guesses[column];
  const Field* const number = guess.padded_number();
  if (!number) return;
  const auto is_it = [&](const TimePiece& piece) { return piece.column == column; };
  if (std::any_of(draft.pieces.begin(), draft.pieces.end(), is_it)) return;
  const std::string& name = draft.columns[column];
  if (measures_something(name, draft.unit_text(column))) return guess.choose(*number);
  if (may_name_things(name)) return;
  const bool is_number = number->type == FieldType::kNumber;
  if (is_number) guess.choose(*number);
  draft.remarks.decide(is_number ? "zeros stand before the numbers: if they are names, the type is "
                                   "string"
                                 : "zeros stand before the numbers, which are read as names: if "
                                   "they are numbers, the type is integer",
                       column);
}

// A name among numbers is no damaged number: station A801 among 72001, 72002.
void choose_names(SchemaDraft& draft, std::size_t column) {
  ColumnGuess& guess = draft.guesses[column];
  const bool is_number = is_numeric(guess.field());
  const bool may_be_names = is_number && may_name_things(draft.columns[column]);
  if (may_be_names && guess.damage().count > 0 && guess.text()) guess.choose(*guess.text());
}

// Columns without names may be dates for all one knows, if nothing but dates is among them.
void choose_nameless_date(SchemaDraft& draft, std::size_t column) {
  ColumnGuess& guess = draft.guesses[column];
  const Field& date = guess.field_named("date");
  if (guess.type() != FieldType::kInteger || date.type != FieldType::kDate) return;
  guess.choose(date);
  draft.remarks.decide("the numbers are read as dates, " + date.format, column);
}

}  // namespace

void choose_readings(SchemaDraft& draft) {
  draft.pieces = find_time_pieces(draft);
  for (std::size_t i = 0; i < draft.guesses.size(); ++i) {
    draft.guesses[i].choose(draft.guesses[i].field_named(draft.columns[i]));
    choose_names(draft, i);
    if (!draft.shape.has_names) choose_nameless_date(draft, i);
    choose_padded(draft, i);
    choose_date_order(draft, i);
  }
  const KnownMarks known = known_marks(draft);
  for (std::size_t i = 0; i < draft.guesses.size(); ++i) choose_marks(draft, known, i);
}

}  // namespace sp
