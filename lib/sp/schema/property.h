// How the objects of a schema are read: a family of properties is a table, whose row is a name and
// how its value is read.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>

#include "sp/base/key_hash.h"
#include "sp/base/spelling.h"
#include "sp/json/json_node.h"
#include "sp/schema/words.h"

namespace sp {

// A property and how it is read into T.
template <class T>
struct Property {
  const char* name;
  void (*read)(const JsonNode& node, T& target);
};

template <class T>
void for_people(const JsonNode&, T&) {}  // nothing but people read it

// Each table is of another T: a stranger's schema may ask for a million names.
template <class T, std::size_t N>
bool has_property(const Property<T> (&table)[N], std::string_view name) {
  static const KeyViews names = [&] {
    KeyViews all;
    for (const Property<T>& property : table) all.insert(property.name);
    return all;
  }();
  return names.contains(name);
}

// `member`, called `name`, is none of these; fails where it looks like a slip of the pen.
template <class Names>
void refuse_slip(const JsonNode& member, std::string_view name, const Names& names) {
  for (const std::string_view known : names) {
    if (!looks_like(name, known)) continue;
    member.fail("is not a property that sp knows; did you mean '" + std::string(known) + "'?");
  }
}

template <class T, std::size_t N>
bool resembles_property(const Property<T> (&table)[N], std::string_view name) {
  return std::any_of(std::begin(table), std::end(table),
                     [&](const Property<T>& property) { return looks_like(name, property.name); });
}

enum class Extras { kAllowed, kRefused };

// Reads the members of an object by a table. The standard lets anybody add properties, so a name
// that is not in the table is passed over where `extras` allows it, unless it looks like a slip of
// the pen.
template <class T, std::size_t N>
void read_object(const JsonNode& node, const Property<T> (&table)[N], Extras extras, T& target) {
  KeyViews seen;
  node.each_member([&](std::string_view key, const JsonNode& member) {
    if (!seen.insert(key).second) member.fail("is there twice");
    for (const Property<T>& property : table) {
      if (key == property.name) return property.read(member, target);
    }
    for (const Property<T>& property : table) {
      if (!looks_like(key, property.name)) continue;
      member.fail("is not a property that sp knows; did you mean '" + std::string(property.name) +
                  "'?");
    }
    if (extras == Extras::kRefused) member.fail("is not a constraint that sp knows");
  });
}

// The word of a list that `node` is.
template <class T, std::size_t N>
T one_of(const JsonNode& node, const Word<T> (&words)[N]) {
  const std::string text = node.string();
  std::string all;
  for (const Word<T>& word : words) {
    if (text == word.text) return word.value;
    all += (all.empty() ? "" : ", ") + std::string(word.text);
  }
  node.fail("'" + text + "' is not supported; use one of " + all);
}

}  // namespace sp
