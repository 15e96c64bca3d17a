#include "sp/table/ndjson_row.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "sp/base/diagnostic.h"
#include "sp/base/digits.h"
#include "sp/base/json_text.h"
#include "sp/base/nfc.h"

namespace sp {
namespace {

namespace ondemand = simdjson::ondemand;

// Of objects in objects that are flattened: each level takes stack, and its name memory.
constexpr int kMostNested = 64;
constexpr const char* kNestedTooDeep = "nested deeper than 64 levels";

constexpr std::size_t kMaxDefect = 500;

// ---- The short way: plain scanning, eight bytes at a time, on little-endian machines ----

using digits::kHighBits;
using digits::kOnes;
using digits::load8;

// The high bit of each byte that is zero; of those, only the first (lowest) is certain.
constexpr std::uint64_t zero_bytes(std::uint64_t word) {
  return (word - kOnes) & ~word & kHighBits;
}

// `name` stands at `at`. A call of memcmp would cost more; eight bytes of both are readable.
bool is_at(const char* at, const std::string& name) {
  const char* const wanted = name.data();
  const std::size_t size = name.size();
  if (size < 8) return (load8(at) ^ load8(wanted)) << (64 - 8 * size) == 0;
  for (std::size_t i = 0; i + 8 < size; i += 8) {
    if (load8(at + i) != load8(wanted + i)) return false;
  }
  return load8(at + size - 8) == load8(wanted + size - 8);
}

// The first byte that ends a string's plain part: a quote, a backslash or a control character
// (there is one: the line's end). Sets bits in `seen` for bytes that are not ASCII.
const char* find_string_end(const char* at, std::uint64_t& seen) {
  for (;; at += 8) {
    const std::uint64_t word = load8(at);
    const std::uint64_t control = (word - kOnes * 0x20) & ~word & kHighBits;
    const std::uint64_t ends =
        zero_bytes(word ^ (kOnes * '"')) | zero_bytes(word ^ (kOnes * '\\')) | control;
    seen |= word & kHighBits;
    if (ends != 0) return at + (std::countr_zero(ends) >> 3);
  }
}

const char* skip_digits(const char* at) {
  for (;; at += 8) {
    const std::uint64_t value = load8(at) ^ (kOnes * '0');  // 0..9 where it is a digit
    const std::uint64_t others = ((value + kOnes * 0x76) | value) & kHighBits;
    if (others != 0) return at + (std::countr_zero(others) >> 3);
  }
}

// The end of the number that begins at `at`; nullptr where there is none by JSON's grammar.
const char* skip_number(const char* at) {
  if (*at == '-') ++at;
  const char* const whole = at;
  at = skip_digits(at);
  if (at == whole || (*whole == '0' && at != whole + 1)) return nullptr;
  if (*at == '.') {
    const char* const fraction = at + 1;
    at = skip_digits(fraction);
    if (at == fraction) return nullptr;
  }
  if (*at == 'e' || *at == 'E') {
    ++at;
    if (*at == '+' || *at == '-') ++at;
    const char* const exponent = at;
    at = skip_digits(exponent);
    if (at == exponent) return nullptr;
  }
  return at;
}

// The end of true, false or null at `at`; nullptr where there is none of them.
const char* skip_literal(const char* at, CellKind& kind) {
  kind = *at == 'n' ? CellKind::kNull : CellKind::kBoolean;
  if (std::memcmp(at, "null", 4) == 0 || std::memcmp(at, "true", 4) == 0) return at + 4;
  return std::memcmp(at, "false", 5) == 0 ? at + 5 : nullptr;
}

// One scalar token of the usual form; nullptr for any other.
const char* skip_scalar(const char* at, CellKind& kind, std::uint64_t& seen) {
  if (*at == '"') {
    kind = CellKind::kString;
    at = find_string_end(at + 1, seen);
    return *at == '"' ? at + 1 : nullptr;
  }
  if (*at >= 'f' && *at <= 't') return skip_literal(at, kind);
  kind = CellKind::kNumber;
  return skip_number(at);
}

// The text that a scalar token stands for.
std::string_view text_of(std::string_view token, CellKind kind) {
  if (kind == CellKind::kNull) return {};
  return kind == CellKind::kString ? token.substr(1, token.size() - 2) : token;
}

const char* skip_space(const char* at) { return *at == ' ' ? at + 1 : at; }

// ---- Words ----

std::string_view trim(std::string_view token) {
  return token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
}

const char* words_for(simdjson::error_code error) {
  switch (error) {
    case simdjson::UTF8_ERROR:
      return "invalid UTF-8";
    case simdjson::MEMALLOC:
    case simdjson::CAPACITY:
      return "too long for the memory that is there";
    case simdjson::UNCLOSED_STRING:
      return "not a JSON object: a string is not closed";
    case simdjson::UNESCAPED_CHARS:
      return "not a JSON object: a control character stands unescaped in a string";
    case simdjson::STRING_ERROR:
      return "not a JSON object: a string has a wrong escape";
    case simdjson::INCORRECT_TYPE:
      return "not a JSON object: another value stands where an object must be";
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
      return "not a JSON object: it is not closed";
    default:
      return "not a JSON object: its structure is wrong";
  }
}

}  // namespace

struct NdjsonRow::Value {
  std::string_view text, token;
  CellKind kind = CellKind::kText;
  bool is_nested = false, is_object = false;
};

struct NdjsonRow::Parser {
  ondemand::parser parser;
  ondemand::document document;

  // The object on `line`, or the words for why there is none.
  const char* open(std::string_view line, ondemand::object& object) {
    const simdjson::padded_string_view padded(line.data(), line.size(), line.size() + kPadding);
    if (const auto error = parser.iterate(padded).get(document)) return words_for(error);
    if (const auto error = document.get_object().get(object)) return words_for(error);
    return nullptr;
  }
  static const char* read_value(ondemand::value json, Value& value);
};

static_assert(NdjsonRow::kPadding >= simdjson::SIMDJSON_PADDING);

NdjsonRow::NdjsonRow() : parser_(new Parser) {}
NdjsonRow::~NdjsonRow() = default;

// Returns the words for what is wrong with it, or nullptr.
const char* NdjsonRow::Parser::read_value(ondemand::value json, Value& value) {
  ondemand::json_type type;
  if (const auto error = json.type().get(type)) return words_for(error);
  value.is_object = type == ondemand::json_type::object;
  value.is_nested = value.is_object || type == ondemand::json_type::array;
  if (value.is_nested) return nullptr;
  value.token = value.text = trim(json.raw_json_token());
  switch (type) {
    case ondemand::json_type::string:
      value.kind = CellKind::kString;
      if (const auto error = json.get_string().get(value.text)) return words_for(error);
      return nullptr;
    case ondemand::json_type::number:
      value.kind = CellKind::kNumber;
      return is_json_number(value.token) ? nullptr : "not a JSON object: a number is malformed";
    default:
      break;
  }
  const bool is_literal = value.token == "true" || value.token == "false" || value.token == "null";
  value.kind = value.token == "null" ? CellKind::kNull : CellKind::kBoolean;
  if (value.kind == CellKind::kNull) value.text = {};
  return is_literal ? nullptr : "not a JSON object: a value is none of JSON's";
}

Columns NdjsonRow::set_columns(std::string_view line) {
  ondemand::object object;
  if (!line.empty()) {
    if (const char* wrong = parser_->open(line, object)) throw Error(ExitCode::kDataErr, wrong);
    read_names(object, "", kMostNested);
  }
  add_expected();
  for (const std::string& name : names_) {
    std::string& quoted = quoted_names_.emplace_back();
    append_json_string(quoted, name);
    quoted += ':';
  }
  cells.resize(names_.size());
  tokens.resize(names_.size());
  kinds.resize(names_.size());
  seen_.resize(names_.size());
  return Columns(names_);
}

template <class Object>
void NdjsonRow::read_names(Object object, const std::string& prefix, int levels) {
  if (levels == 0) throw Error(ExitCode::kDataErr, kNestedTooDeep);
  const auto require = [](simdjson::error_code error) {
    if (error) throw Error(ExitCode::kDataErr, words_for(error));
  };
  for (auto member : object) {
    std::string_view key;
    ondemand::value json;
    ondemand::json_type type;
    require(member.unescaped_key().get(key));
    const std::string name = prefix + nfc(key);
    require(member.value().get(json));
    require(json.type().get(type));
    const bool is_object = type == ondemand::json_type::object;
    ondemand::object nested;
    if (is_object && flattens_) {
      require(json.get_object().get(nested));
      read_names(nested, name + ".", levels - 1);
      continue;
    }
    if (is_object || type == ondemand::json_type::array) nested_.insert(name);
    if (index_.emplace(name, names_.size()).second) names_.push_back(name);
  }
}

void NdjsonRow::expect(std::vector<std::string> members, bool takes_others) {
  expected_ = std::move(members);
  takes_others_ = takes_others;
}

void NdjsonRow::add_expected() {
  const KeyViews expected(expected_.begin(), expected_.end());
  const auto is_expected = [&](const std::string& name) { return expected.contains(name); };
  knows_members_ =
      names_.empty() ? !expected_.empty() : std::any_of(names_.begin(), names_.end(), is_expected);
  if (!knows_members_) return;
  // What is not expected and cannot be a cell is left out, as it would be of a later object.
  std::erase_if(names_, [&](const std::string& name) {
    return !is_expected(name) && (!takes_others_ || nested_.contains(name));
  });
  index_.clear();
  for (std::size_t i = 0; i < names_.size(); ++i) index_.emplace(names_[i], i);
  for (const std::string& name : expected_) {
    if (index_.emplace(name, names_.size()).second) names_.push_back(name);
  }
}

void NdjsonRow::clear_cells(std::size_t first) {
  for (std::size_t i = first; i < names_.size(); ++i) {
    cells[i] = tokens[i] = {};
    kinds[i] = CellKind::kNull;
  }
}

void NdjsonRow::set_defect(std::string_view what) {
  clear_cells();
  defect = what;
}

void NdjsonRow::add_defect(std::string_view what, std::string_view field) {
  if (defect.size() > kMaxDefect) return;
  if (!defect.empty()) defect += "; ";
  defect += what;
  if (field.data() != nullptr) {
    defect += " '";
    defect += field.substr(0, kMaxDefect);
    defect += '\'';
  }
}

void NdjsonRow::parse(std::string_view line) {
  if (parse_usual(line)) return;
  parse_any(line);
}

// True where the line was taken apart; false where it is unusual in any way, sound or not. Scans
// stop at the line's end at the latest, and what is accepted must end exactly there.
bool NdjsonRow::parse_usual(std::string_view line) {
  const char* at = line.data();
  const char* const end = at + line.size();
  const std::size_t count = names_.size();
  std::uint64_t seen = 0;
  if (count == 0 || *at++ != '{') return false;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& name = quoted_names_[i];
    if (end - at <= static_cast<std::ptrdiff_t>(name.size())) return false;
    if (!is_at(at, name)) return false;
    at += name.size();
    const char* const token = skip_space(at);
    at = skip_scalar(token, kinds[i], seen);
    if (at == nullptr) return false;
    tokens[i] = {token, static_cast<std::size_t>(at - token)};
    cells[i] = text_of(tokens[i], kinds[i]);
    const bool ends = *at == '}';
    if (!ends && (i + 1 == count || *at != ',')) return false;
    at = skip_space(at + 1);
    if (!ends) continue;
    clear_cells(i + 1);
    break;
  }
  if (*at == '\r') ++at;
  if (at != end) return false;
  if (seen != 0 && !simdjson::validate_utf8(line)) return false;
  defect.clear();
  return true;
}

void NdjsonRow::parse_any(std::string_view line) {
  clear_cells();
  defect.clear();
  if (const char* wrong = parse_members(line)) set_defect(wrong);
}

// Returns the words for what is wrong where the line is not an object, else nullptr.
const char* NdjsonRow::parse_members(std::string_view line) {
  std::fill(seen_.begin(), seen_.end(), '\0');
  ondemand::object object;
  if (const char* wrong = parser_->open(line, object)) return wrong;
  std::size_t expected = 0;
  if (const char* wrong = read_members(object, "", kMostNested, expected)) return wrong;
  const bool at_end = parser_->document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  return at_end ? nullptr : "not a JSON object: there is text after it";
}

template <class Object>
const char* NdjsonRow::read_members(Object object, const std::string& prefix, int levels,
                                    std::size_t& expected) {
  if (levels == 0) return kNestedTooDeep;
  std::string whole;
  for (auto member : object) {
    std::string_view name;
    Value value;
    ondemand::value json;
    if (const auto error = member.unescaped_key().get(name)) return words_for(error);
    if (const auto error = member.value().get(json)) return words_for(error);
    if (!prefix.empty()) name = whole = prefix + std::string(name);
    if (const char* wrong = Parser::read_value(json, value)) return wrong;
    if (!value.is_object || !flattens_) {
      place(name, value, expected);
      continue;
    }
    ondemand::object nested;
    if (const auto error = json.get_object().get(nested)) return words_for(error);
    if (const char* wrong = read_members(nested, std::string(name) + ".", levels - 1, expected))
      return wrong;
  }
  return nullptr;
}

void NdjsonRow::place(std::string_view name, const Value& value, std::size_t& expected) {
  std::size_t i = expected;
  if (i >= names_.size() || names_[i] != name) {
    const auto found = index_.find(nfc(name));
    if (found == index_.end()) {
      if (knows_members_ && takes_others_) return;
      return add_defect(
          knows_members_ ? "the schema has no field" : "the first object has no field", name);
    }
    i = found->second;
  }
  if (seen_[i] != '\0') return add_defect("twice there is the field", name);
  seen_[i] = '\1';
  if (value.is_nested) add_defect("an object or array as the value of the field", name);
  cells[i] = value.text;
  tokens[i] = value.token;
  kinds[i] = value.kind;
  expected = i + 1;
}

}  // namespace sp
