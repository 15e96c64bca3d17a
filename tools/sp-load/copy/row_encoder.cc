#include "sp-load/copy/row_encoder.h"

#include <fmt/format.h>

#include "sp/base/diagnostic.h"
#include "sp/base/excerpt.h"
#include "sp/base/utf8.h"
#include "sp/time/timestamp.h"

namespace sp::load {

RowEncoder::RowEncoder(const CopyPlan& plan, const RecordReader& reader, BadText bad_text)
    : plan_(plan),
      reader_(reader),
      bad_text_(bad_text),
      fixed_room_(2 + plan.columns.size() * (4 + kMaxFixed)) {
  if (plan.time) time_column_ = &plan.columns[*plan.time];
}

inline bool RowEncoder::is_null(const CopyColumn& column, const Record& record,
                                std::string_view value) const {
  if (!value.empty()) return false;
  const bool quoted = column.filled == nullptr && record.kind(column.source) != CellKind::kNull &&
                      !record.encoded(column.source).empty();
  if (quoted && column.column->is_string) return false;
  if (column.column->not_null) fail(column, record, value);
  return true;
}

inline void RowEncoder::note_time(const CopyColumn* column, const char* encoded) {
  if (column == time_column_) time_ = decode_micros(encoded);
}

std::string_view RowEncoder::checked_text(const CopyColumn& column, const Record& record,
                                          std::string_view value) {
  if (find_bad_text(value) == std::string_view::npos) return value;
  if (bad_text_ == BadText::kError) fail(column, record, value);
  mended_ = replace_bad_text(value);
  return mended_;
}

void RowEncoder::encode_binary(const Record& record, CopyBuffer& out) {
  char* p = out.reserve(fixed_room_);
  char* begin = p;
  put16(p, static_cast<std::uint16_t>(plan_.columns.size()));
  p += 2;
  time_ = kNoTime;
  for (const CopyColumn& column : plan_.columns) {
    const std::string_view value = column.value_of(record);
    if (value.empty() && is_null(column, record, value)) {
      put32(p, kNullLength);
      p += 4;
    } else if (column.fixed != nullptr) {
      if (!column.fixed->encode(value, p + 4)) fail(column, record, value);
      note_time(&column, p + 4);
      put32(p, static_cast<std::uint32_t>(column.fixed->size));
      p += 4 + column.fixed->size;
    } else {
      const std::string_view text = checked_text(column, record, value);
      put32(p, static_cast<std::uint32_t>(text.size()));
      out.commit(static_cast<std::size_t>(p + 4 - begin));
      out.append(text);
      p = begin = out.reserve(fixed_room_);
    }
  }
  out.commit(static_cast<std::size_t>(p - begin));
}

void RowEncoder::encode_text(const Record& record, CopyBuffer& out) {
  char separator = '\0';
  time_ = kNoTime;
  for (const CopyColumn& column : plan_.columns) {
    if (separator != '\0') out.append(separator);
    separator = '\t';
    const std::string_view value = column.value_of(record);
    char encoded[kMaxFixed];
    char printed[kMaxTimestampText];
    if (value.empty() && is_null(column, record, value)) {
      out.append("\\N");
    } else if (column.fixed == nullptr) {
      append_copy_text(out, checked_text(column, record, value));
    } else if (!column.fixed->encode(value, encoded)) {
      fail(column, record, value);
    } else {
      note_time(&column, encoded);
      out.append(column.fixed->print == nullptr
                     ? value
                     : std::string_view(printed, column.fixed->print(encoded, printed)));
    }
  }
  out.append('\n');
}

void RowEncoder::fail(const CopyColumn& column, const Record& record,
                      std::string_view value) const {
  const TableColumn& to = *column.column;
  std::string message;
  if (value.empty()) {
    message = fmt::format("the value is missing; column {} must not be null", to.name);
  } else if (const std::size_t bad = find_bad_text(value); bad != std::string_view::npos) {
    message = fmt::format(
        "{} has {} at byte {}, which a PostgreSQL text cannot hold; "
        "--bad-text replace puts U+FFFD in its place",
        excerpt(value), value[bad] == '\0' ? "a zero byte" : "bytes that are not UTF-8", bad + 1);
  } else {
    message = fmt::format("{} is not a value of column {}, which is {}", excerpt(value), to.name,
                          to.type_name);
  }
  throw Error(ExitCode::kDataErr, message, reader_.locate(record, to.name));
}

}  // namespace sp::load
