#include "sp/json/json_value.h"

#include <simdjson.h>

#include "sp/json/geojson.h"

namespace sp {

using simdjson::dom::element;

struct JsonValue::Impl {
  simdjson::dom::parser parser;
  element root;
};

JsonValue::JsonValue() : impl_(std::make_unique<Impl>()) {}
JsonValue::~JsonValue() = default;
JsonValue::JsonValue(JsonValue&&) noexcept = default;
JsonValue& JsonValue::operator=(JsonValue&&) noexcept = default;

bool JsonValue::parse(std::string_view text) {
  return impl_->parser.parse(text.data(), text.size(), true).get(impl_->root) == simdjson::SUCCESS;
}

bool JsonValue::is_object() const { return impl_->root.is_object(); }

bool JsonValue::is_array() const { return impl_->root.is_array(); }

// Counted: simdjson's own size() saturates.
std::size_t JsonValue::size() const {
  std::size_t count = 0;
  simdjson::dom::array items;
  simdjson::dom::object members;
  if (impl_->root.get(items) == simdjson::SUCCESS) {
    for ([[maybe_unused]] const element item : items) ++count;
  } else if (impl_->root.get(members) == simdjson::SUCCESS) {
    for ([[maybe_unused]] const auto member : members) ++count;
  }
  return count;
}

std::string JsonValue::minified() const { return simdjson::minify(impl_->root); }

bool JsonValue::read_array_point(double& longitude, double& latitude) const {
  return is_array() && size() == 2 && impl_->root.at(0).get(longitude) == simdjson::SUCCESS &&
         impl_->root.at(1).get(latitude) == simdjson::SUCCESS;
}

bool JsonValue::read_object_point(double& longitude, double& latitude) const {
  return is_object() && size() == 2 &&
         impl_->root.at_key("lon").get(longitude) == simdjson::SUCCESS &&
         impl_->root.at_key("lat").get(latitude) == simdjson::SUCCESS;
}

bool JsonValue::is_geojson() const { return sp::is_geojson(impl_->root); }

bool JsonValue::is_topojson() const { return sp::is_topojson(impl_->root); }

}  // namespace sp
