#include "sp/jsonschema/json_schema.h"

#include "sp/base/diagnostic.h"
#include "sp/base/excerpt.h"
#include "sp/base/key_hash.h"
#include "sp/jsonschema/json_keyword.h"

namespace sp {
namespace {

using simdjson::dom::element;

constexpr JsonKeyword kForPeople[] = {
    {"$schema", "", nullptr},   {"$id", "", nullptr},         {"$comment", "", nullptr},
    {"title", "", nullptr},     {"description", "", nullptr}, {"default", "", nullptr},
    {"examples", "", nullptr},  {"deprecated", "", nullptr},  {"readOnly", "", nullptr},
    {"writeOnly", "", nullptr},
};

const JsonKeyword& find_keyword(std::string_view name, const JsonNode& node) {
  for (const auto keywords :
       {json_value_keywords(), json_part_keywords(), std::span<const JsonKeyword>(kForPeople)}) {
    for (const JsonKeyword& keyword : keywords) {
      if (name == keyword.name) return keyword;
    }
  }
  if (name == "$ref" || name == "$dynamicRef") {
    node.fail("sp follows no references; put the schema that is meant in its place");
  }
  node.fail("is not a keyword of JSON Schema that sp can check; take it out");
}

}  // namespace

bool fail(SchemaFault* fault, std::string message) {
  if (fault != nullptr) fault->message = std::move(message);
  return false;
}

bool fail(const JsonAssertion& assertion, SchemaFault* fault) {
  return fault != nullptr && fail(fault, std::string(assertion.phrase) + assertion.text);
}

bool check_json_node(const JsonSchema::Node& node, element value, SchemaFault* fault) {
  if (node.is_false) return fail(fault, "is not allowed");
  for (const JsonAssertion& assertion : node.assertions) {
    if (!assertion.check(assertion, value, fault)) return false;
  }
  return true;
}

std::unique_ptr<RE2> compile_json_pattern(const JsonNode& node, const std::string& text) {
  constexpr std::int64_t kPatternMemory = std::int64_t{32} << 20;
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternMemory);
  auto pattern = std::make_unique<RE2>(text, options);
  if (!pattern->ok()) node.fail("cannot be matched in linear time: " + pattern->error());
  return pattern;
}

bool matches(const RE2& pattern, std::string_view text) {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

std::unique_ptr<JsonSchema::Node> compile_json_node(const JsonNode& node) {
  auto compiled = std::make_unique<JsonSchema::Node>();
  if (node.value.is_bool()) {
    compiled->is_false = !node.boolean();
    return compiled;
  }
  if (!node.value.is_object()) node.fail("must be a schema: an object, true or false");
  KeyViews seen;
  node.each_member([&](std::string_view name, const JsonNode& member) {
    if (!seen.insert(name).second) member.fail("is there twice");
    const JsonKeyword& keyword = find_keyword(name, member);
    if (keyword.compile == nullptr) return;
    JsonAssertion assertion;
    assertion.phrase = keyword.phrase;
    keyword.compile(member, node, assertion);
    compiled->assertions.push_back(std::move(assertion));
  });
  return compiled;
}

struct JsonSchema::Impl {
  simdjson::dom::parser parser;  // of values
  std::unique_ptr<JsonSchema::Node> root;
};

JsonSchema::JsonSchema(std::string_view json) : impl_(std::make_unique<Impl>()) {
  simdjson::dom::parser parser;
  const simdjson::padded_string padded(json);
  element root;
  if (const auto error = parser.parse(padded).get(root)) {
    throw Error(ExitCode::kConfig, simdjson::error_message(error));
  }
  const std::string no_file;
  impl_->root = compile_json_node({root, "", no_file});
}

JsonSchema::~JsonSchema() = default;

bool JsonSchema::accepts(std::string_view json) {
  element value;
  return impl_->parser.parse(json.data(), json.size(), true).get(value) == simdjson::SUCCESS &&
         check_json_node(*impl_->root, value, nullptr);
}

std::string JsonSchema::explain(std::string_view json) {
  element value;
  SchemaFault fault;
  if (impl_->parser.parse(json.data(), json.size(), true).get(value)) return "is not JSON";
  if (check_json_node(*impl_->root, value, &fault)) return "";
  return (fault.pointer.empty() ? "it " : "at " + excerpt(fault.pointer) + ": ") + fault.message;
}

}  // namespace sp
