// A JSON Schema for the values of one field: the constraint `jsonSchema` of the types object and
// array.
//
// What can be checked in time and memory that grow with the value alone: types, bounds, lengths,
// patterns by RE2, members and items, and their combinations. A schema refers to nothing outside
// itself nor to its own parts ($ref), so that no value can make it run in circles. Keywords are a
// table; one that is not in it is an error, for it would go unchecked.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace sp {

class JsonSchema {
 public:
  // Copies what it needs of `json`. Throws Error(kConfig) whose message begins with the JSON
  // pointer inside of the schema where there is one: "/properties/a/$ref: …".
  explicit JsonSchema(std::string_view json);
  ~JsonSchema();

  // Whether `json`, a JSON value, keeps the schema. Not for two threads at once.
  bool accepts(std::string_view json);
  // What is wrong with a value that it does not accept: "at '/a/0': is not of the type string".
  std::string explain(std::string_view json);

  struct Node;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sp
