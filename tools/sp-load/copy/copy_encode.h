// Values of an input to values of PostgreSQL's types, in the formats of COPY.
//
// Every type has one reader, which both formats use: what text COPY may hold is what binary COPY
// may hold, whatever the server would understand by itself ('yesterday', a date by DateStyle, an
// offset that a column without a zone drops).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sp-load/copy/copy_buffer.h"

namespace sp::load {

inline constexpr std::size_t kMaxFixed = 8;  // bytes of a value of fixed size
inline constexpr std::int64_t kNoTime = INT64_MIN;

// A type of fixed size that is sent in binary.
struct FixedType {
  unsigned oid;
  const char* name;
  std::size_t size;  // 1..kMaxFixed
  // Writes `size` bytes to `out`, in network order; false where `text` is not such a value.
  bool (*encode)(std::string_view text, char* out);
  // Writes the text that the server reads as the same value; returns its length, at most
  // kMaxTimestampText. Null: the text as it came.
  std::size_t (*print)(const char* encoded, char* out);
};

// Null where `oid` is not one of them.
const FixedType* find_fixed_type(unsigned oid);
// text, character varying: sent in binary as they are.
bool is_text_type(unsigned oid);
inline constexpr unsigned kTimestamptzOid = 1184;

// Microseconds since 2000-01-01T00:00:00Z of an encoded timestamptz, and its RFC 3339 text.
std::int64_t decode_micros(const char* encoded);
std::size_t print_micros(std::int64_t micros, char* out);

// What PostgreSQL's text cannot hold: a zero byte, or bytes that are not UTF-8. Returns the offset
// of the first, or npos.
std::size_t find_bad_text(std::string_view text);
// `text` with U+FFFD in the place of each such byte.
std::string replace_bad_text(std::string_view text);

// Appends `text` as a field of text COPY: backslash, tab and line ends escaped.
void append_copy_text(CopyBuffer& out, std::string_view text);

}  // namespace sp::load
