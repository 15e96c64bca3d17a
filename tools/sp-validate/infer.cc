#include "infer.h"

#include <algorithm>

#include "sp/excerpt.h"
#include "sp/json.h"
#include "sp/number.h"
#include "sp/schema.h"
#include "sp/timestamp.h"

namespace sp {
namespace {

bool is_text(CellKind kind) { return kind == CellKind::kText || kind == CellKind::kString; }

// 007 is a name, not a number.
bool has_leading_zero(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

// A type that may be guessed, narrow ones first, and whether a value is of it.
struct Candidate {
  FieldType type;
  bool (*accepts)(std::string_view text, CellKind kind);
};
constexpr Candidate kCandidates[] = {
    {FieldType::kInteger,
     [](std::string_view text, CellKind kind) {
       std::int64_t value = 0;
       return kind != CellKind::kBoolean && !has_leading_zero(text) && parse_int64(text, value);
     }},
    {FieldType::kNumber,
     [](std::string_view text, CellKind kind) {
       double value = 0;
       return kind != CellKind::kBoolean && !has_leading_zero(text) && parse_double(text, value);
     }},
    {FieldType::kBoolean,
     [](std::string_view text, CellKind kind) {
       return kind != CellKind::kNumber && (text == "true" || text == "false" || text == "True" ||
                                            text == "False" || text == "TRUE" || text == "FALSE");
     }},
    {FieldType::kDate,
     [](std::string_view text, CellKind kind) {
       std::int64_t days = 0;
       return is_text(kind) && parse_date(text, days);
     }},
    {FieldType::kTime,
     [](std::string_view text, CellKind kind) {
       std::int64_t nanos = 0;
       return is_text(kind) && parse_time_of_day(text, nanos);
     }},
    {FieldType::kDatetime,
     [](std::string_view text, CellKind kind) {
       ParsedTime time;
       return is_text(kind) && parse_datetime(text, time);
     }},
    {FieldType::kString,
     [](std::string_view text, CellKind kind) {
       return is_text(kind) && text.find('\0') == std::string_view::npos;
     }},
};

void check_names(const RecordReader& reader) {
  const Columns& columns = reader.columns();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (*columns.find(columns[i]) == i) continue;
    throw Error(
        ExitCode::kDataErr,
        "two columns have the name " + excerpt(columns[i]) + ": no schema can tell them apart",
        {reader.name(), 0, 1, columns[i]});
  }
}

bool is_sound(const RecordReader& reader, const Record& record) {
  return record.defect().empty() && record.size() == reader.columns().size();
}

std::string json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string to_json(const Columns& columns, const std::vector<ColumnGuess>& guesses) {
  std::string out = "{\n  \"fields\": [";
  unsigned markers = 1;  // the empty text, which is missing wherever nothing else is said
  for (std::size_t i = 0; i < columns.size(); ++i) {
    out += i == 0 ? "\n" : ",\n";
    out += "    {\"name\": " + json(columns[i]) + ", \"type\": \"" + type_name(guesses[i].type()) +
           "\"";
    if (guesses[i].is_required()) out += ", \"constraints\": {\"required\": true}";
    out += "}";
    markers |= guesses[i].markers();
  }
  out += "\n  ],\n  \"missingValues\": [";
  for (std::size_t i = 0; i < missing_markers().size(); ++i) {
    if ((markers >> i & 1) != 0) out += (i == 0 ? "" : ", ") + json(missing_markers()[i]);
  }
  return out + "]\n}\n";
}

}  // namespace

const std::vector<std::string>& missing_markers() {
  static const std::vector<std::string> kMarkers = {"",    "-",   "NA",   "N/A",
                                                    "NaN", "nan", "null", "NULL"};
  return kMarkers;
}

ColumnGuess::ColumnGuess() : possible_((1u << std::size(kCandidates)) - 1) {}

void ColumnGuess::see(std::string_view text, CellKind kind) {
  const auto& markers = missing_markers();
  const auto marker = std::find(markers.begin(), markers.end(), text);
  if (kind == CellKind::kNull || marker != markers.end()) {
    ++missing_;
    if (marker != markers.end()) markers_ |= 1u << (marker - markers.begin());
    return;
  }
  ++values_;
  for (std::size_t i = 0; i < std::size(kCandidates); ++i) {
    const unsigned bit = 1u << i;
    if ((possible_ & bit) != 0 && !kCandidates[i].accepts(text, kind)) possible_ &= ~bit;
  }
}

FieldType ColumnGuess::type() const {
  if (values_ == 0) return FieldType::kAny;
  for (std::size_t i = 0; i < std::size(kCandidates); ++i) {
    if ((possible_ >> i & 1) != 0) return kCandidates[i].type;
  }
  return FieldType::kAny;
}

void infer_schema(const ValidateOptions& options, const std::vector<std::string>& files,
                  const Log& log) {
  Columns columns;
  std::vector<ColumnGuess> guesses;
  std::uint64_t rows = 0, unsound = 0;
  Progress progress(options.stream.progress, "sp-validate");
  for (const std::string& file : files) {
    const auto reader = open_reader(open_source(file, options.stream.source), options.stream.read);
    check_names(*reader);
    if (guesses.empty()) columns = reader->columns();
    guesses.resize(columns.size());
    if (!(reader->columns() == columns)) {
      throw Error(ExitCode::kDataErr, "has other columns than " + files.front(), {file, 0, 1, ""});
    }
    Record record;
    while (reader->next(record)) {
      if (is_sound(*reader, record)) {
        for (std::size_t i = 0; i < guesses.size(); ++i) guesses[i].see(record[i], record.kind(i));
      } else {
        ++unsound;
      }
      progress.tick(*reader, ++rows);
    }
    progress.finish(*reader, rows);
  }
  if (unsound > 0)
    log.warning(std::to_string(unsound) +
                " rows are damaged or have too few or too many cells; no schema lets them pass");
  const auto sink = open_sink("-");
  sink->append(to_json(columns, guesses));
  sink->close();
}

}  // namespace sp
