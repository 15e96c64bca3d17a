#include "sp/base/excerpt.h"
#include "sp/base/key_hash.h"
#include "sp/jsonschema/json_equality.h"
#include "sp/jsonschema/json_keyword.h"

namespace sp {
namespace {

using simdjson::dom::element;
using Node = JsonSchema::Node;

// Checks a part of a value, and puts its name before the place of what is wrong there.
bool check_part(const Node& node, element part, std::string_view name, SchemaFault* fault) {
  if (check_json_node(node, part, fault)) return true;
  if (fault != nullptr) fault->pointer.insert(0, "/" + std::string(name));
  return false;
}

// ---- Parts ----

void compile_required(const JsonNode& node, const JsonNode&, JsonAssertion& assertion) {
  for (const std::string& name : node.strings()) assertion.keys.insert(name);
  assertion.check = [](const JsonAssertion& a, element value, SchemaFault* fault) {
    simdjson::dom::object object;
    if (value.get(object) != simdjson::SUCCESS) return true;
    KeyViews there;
    for (const simdjson::dom::key_value_pair member : object) there.insert(member.key);
    for (const std::string& name : a.keys) {
      if (!there.contains(name)) return fail(fault, a.phrase + excerpt(name));
    }
    return true;
  };
}

void compile_properties(const JsonNode& node, const JsonNode&, JsonAssertion& assertion) {
  node.each_member([&](std::string_view name, const JsonNode& member) {
    assertion.named[std::string(name)] = compile_json_node(member);
  });
  assertion.check = [](const JsonAssertion& a, element value, SchemaFault* fault) {
    return each_member(value, [&](std::string_view name, element member) {
      const auto at = a.named.find(std::string(name));
      return at == a.named.end() || check_part(*at->second, member, name, fault);
    });
  };
}

void compile_pattern_properties(const JsonNode& node, const JsonNode&, JsonAssertion& assertion) {
  node.each_member([&](std::string_view name, const JsonNode& member) {
    assertion.patterns.push_back(compile_json_pattern(member, std::string(name)));
    assertion.nodes.push_back(compile_json_node(member));
  });
  assertion.check = [](const JsonAssertion& a, element value, SchemaFault* fault) {
    return each_member(value, [&](std::string_view name, element member) {
      for (std::size_t i = 0; i < a.nodes.size(); ++i) {
        if (!matches(*a.patterns[i], name)) continue;
        if (!check_part(*a.nodes[i], member, name, fault)) return false;
      }
      return true;
    });
  };
}

// Of members that neither `properties` nor `patternProperties` beside it name.
void compile_additional(const JsonNode& node, const JsonNode& schema, JsonAssertion& assertion) {
  assertion.nodes.push_back(compile_json_node(node));
  if (const auto named = schema.find("properties")) {
    named->each_member(
        [&](std::string_view name, const JsonNode&) { assertion.keys.emplace(name); });
  }
  if (const auto patterns = schema.find("patternProperties")) {
    patterns->each_member([&](std::string_view name, const JsonNode& member) {
      assertion.patterns.push_back(compile_json_pattern(member, std::string(name)));
    });
  }
  assertion.check = [](const JsonAssertion& a, element value, SchemaFault* fault) {
    return each_member(value, [&](std::string_view name, element member) {
      if (a.keys.contains(std::string(name))) return true;
      for (const auto& pattern : a.patterns) {
        if (matches(*pattern, name)) return true;
      }
      return check_part(*a.nodes[0], member, name, fault);
    });
  };
}

void compile_items(const JsonNode& node, const JsonNode& schema, JsonAssertion& assertion) {
  if (node.value.is_array()) node.fail("must be one schema; use prefixItems for one an item");
  assertion.nodes.push_back(compile_json_node(node));
  if (const auto prefix = schema.find("prefixItems")) {
    prefix->each_item([&](const JsonNode&) { ++assertion.count; });
  }
  assertion.check = [](const JsonAssertion& a, element value, SchemaFault* fault) {
    return each_item(value, [&](element item, std::size_t index) {
      return index < a.count || check_part(*a.nodes[0], item, std::to_string(index), fault);
    });
  };
}

void compile_nodes(const JsonNode& node, JsonAssertion& assertion) {
  node.each_item([&](const JsonNode& item) { assertion.nodes.push_back(compile_json_node(item)); });
  if (assertion.nodes.empty()) node.fail("must have at least one schema");
}

void compile_prefix_items(const JsonNode& node, const JsonNode&, JsonAssertion& assertion) {
  compile_nodes(node, assertion);
  assertion.check = [](const JsonAssertion& a, element value, SchemaFault* fault) {
    return each_item(value, [&](element item, std::size_t index) {
      return index >= a.nodes.size() ||
             check_part(*a.nodes[index], item, std::to_string(index), fault);
    });
  };
}

void compile_unique_items(const JsonNode& node, const JsonNode&, JsonAssertion& assertion) {
  assertion.count = node.boolean() ? 1 : 0;
  assertion.check = [](const JsonAssertion& a, element value, SchemaFault* fault) {
    KeyNames seen;
    return a.count == 0 || each_item(value, [&](element item, std::size_t) {
             return seen.insert(json_key(item)).second || fail(a, fault);
           });
  };
}

// ---- Combinations ----

// `least` to `most` of the schemas must be kept.
void compile_some(const JsonNode& node, std::size_t most, JsonAssertion& assertion) {
  compile_nodes(node, assertion);
  assertion.count = most;
  assertion.check = [](const JsonAssertion& a, element value, SchemaFault* fault) {
    std::size_t kept = 0;
    for (const auto& alternative : a.nodes)
      if (check_json_node(*alternative, value, nullptr)) ++kept;
    return (kept >= 1 && kept <= a.count) || fail(a, fault);
  };
}

void compile_any_of(const JsonNode& node, const JsonNode&, JsonAssertion& assertion) {
  compile_some(node, static_cast<std::size_t>(-1), assertion);
}

void compile_one_of(const JsonNode& node, const JsonNode&, JsonAssertion& assertion) {
  compile_some(node, 1, assertion);
}

void compile_all_of(const JsonNode& node, const JsonNode&, JsonAssertion& assertion) {
  compile_nodes(node, assertion);
  assertion.check = [](const JsonAssertion& a, element value, SchemaFault* fault) {
    for (const auto& part : a.nodes) {
      if (!check_json_node(*part, value, fault)) return false;
    }
    return true;
  };
}

void compile_not(const JsonNode& node, const JsonNode&, JsonAssertion& assertion) {
  assertion.nodes.push_back(compile_json_node(node));
  assertion.check = [](const JsonAssertion& a, element value, SchemaFault* fault) {
    return !check_json_node(*a.nodes[0], value, nullptr) || fail(a, fault);
  };
}

constexpr JsonKeyword kKeywords[] = {
    {"uniqueItems", "has an item twice", compile_unique_items},
    {"prefixItems", "", compile_prefix_items},
    {"items", "", compile_items},
    {"required", "lacks the member ", compile_required},
    {"properties", "", compile_properties},
    {"patternProperties", "", compile_pattern_properties},
    {"additionalProperties", "", compile_additional},
    {"allOf", "", compile_all_of},
    {"anyOf", "keeps none of the schemas of anyOf", compile_any_of},
    {"oneOf", "keeps none or several of the schemas of oneOf", compile_one_of},
    {"not", "keeps the schema of not", compile_not},
};

}  // namespace

std::span<const JsonKeyword> json_part_keywords() { return kKeywords; }

}  // namespace sp
