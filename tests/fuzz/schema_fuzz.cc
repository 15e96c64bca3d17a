// The schema parser: a text is a schema or an Error(kConfig) that says where, and never anything
// else.
#include "sp/schema/schema.h"

#include "sp/base/diagnostic.h"
#include "sp/schema/load.h"
#include "transcript.h"

namespace {

using sp::fuzz::must_hold;

// What the tools may rely on where a schema was accepted.
void check(const sp::Schema& schema) {
  for (const std::string& key : schema.primary_key) {
    must_hold(schema.find(key) != nullptr, "a primary key is a field", key);
  }
  for (const sp::Field& field : schema.fields) {
    must_hold(schema.find(field.name) != nullptr, "a field is found by its name", field.name);
    must_hold(!field.decimals || (*field.decimals >= 0 && *field.decimals <= 17),
              "decimals are what format_fixed takes", field.name);
    must_hold(field.target_unit.empty() || !field.unit.empty(), "a target unit has a unit",
              field.name);
    must_hold(!field.decimal_char.empty() && field.decimal_char != field.group_char,
              "a decimal point is no group separator", field.decimal_char);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    check(sp::parse_schema(text, "f.json"));
  } catch (const sp::Error& e) {
    must_hold(e.code() == sp::ExitCode::kConfig, "a schema's error is kConfig", e.what());
    must_hold(!std::string_view(e.what()).empty(), "an error says something");
  }
  return 0;
}
