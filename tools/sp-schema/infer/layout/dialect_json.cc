#include "sp-schema/infer/layout/dialect.h"

namespace sp {
namespace {

JsonArray numbers(const std::vector<std::uint64_t>& rows) {
  JsonArray out(json_style::kSpaced);
  for (const std::uint64_t row : rows) out.add(row);
  return out;
}

}  // namespace

JsonObject dialect_json(const RecordReader& reader, const ReadOptions& options,
                        const std::string& encoding) {
  JsonObject out(json_style::kSpaced);
  const Dialect& dialect = options.dialect;
  if (reader.format() == Format::kNdjson) {
    if (dialect.flatten) out.add("flatten", true);
    return out;
  }
  const auto add_byte = [&](const char* name, char c) { out.add(name, std::string_view(&c, 1)); };
  if (reader.delimiter() != ',' || dialect.delimiter) add_byte("delimiter", reader.delimiter());
  if (!dialect.quote) out.add("quoteChar", "");
  if (dialect.quote && *dialect.quote != '"') add_byte("quoteChar", *dialect.quote);
  if (!dialect.double_quote) out.add("doubleQuote", false);
  if (dialect.escape) add_byte("escapeChar", *dialect.escape);
  if (dialect.line_terminator != '\n') add_byte("lineTerminator", dialect.line_terminator);
  if (dialect.skip_initial_space) out.add("skipInitialSpace", true);
  if (dialect.skip_trailing_space) out.add("skipTrailingSpace", true);
  if (!dialect.null_sequence.empty()) out.add("nullSequence", dialect.null_sequence);
  if (!dialect.header) out.add("header", false);
  if (dialect.header && dialect.header_rows != Dialect().header_rows) {
    out.add("headerRows", numbers(dialect.header_rows));
    out.add("headerJoin", dialect.header_join);
  }
  if (!dialect.comment_rows.empty()) out.add("commentRows", numbers(dialect.comment_rows));
  if (!dialect.comment.empty()) out.add("commentChar", dialect.comment);
  if (dialect.skip_lines > 0) out.add("skipRows", dialect.skip_lines);
  if (dialect.row_names) out.add("rowNames", true);
  if (dialect.ignore_trailing_empty) out.add("ignoreTrailingEmpty", true);
  if (!encoding.empty()) out.add("encoding", encoding);
  return out;
}

}  // namespace sp
