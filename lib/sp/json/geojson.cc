#include "sp/json/geojson.h"

#include <cstddef>
#include <string_view>

namespace sp {
namespace {

using simdjson::SUCCESS;
using simdjson::dom::array;
using simdjson::dom::element;
using Check = bool (*)(element);

constexpr int kMaxDepth = 64;  // of collections in collections

bool is_position(element value) {
  array numbers;
  if (value.get(numbers) != SUCCESS) return false;
  std::size_t count = 0;
  for (const element number : numbers) {
    if (!number.is_number()) return false;
    ++count;
  }
  return count >= 2;
}

// At least `least` items that each pass.
template <Check check, std::size_t least = 0>
bool each(element value) {
  array items;
  if (value.get(items) != SUCCESS) return false;
  std::size_t count = 0;
  for (const element item : items) {
    if (!check(item)) return false;
    ++count;
  }
  return count >= least;
}

bool is_ring(element value) {
  if (!each<is_position, 4>(value)) return false;
  array positions;
  if (value.get(positions) != SUCCESS) return false;
  element last = value;
  for (const element position : positions) last = position;
  return simdjson::minify(value.at(0).value()) == simdjson::minify(last);
}

// A type of geometry and what its coordinates must be.
struct Geometry {
  std::string_view type;
  Check coordinates;
};
constexpr Geometry kGeometries[] = {
    {"Point", is_position},
    {"MultiPoint", each<is_position>},
    {"LineString", each<is_position, 2>},
    {"MultiLineString", each<each<is_position, 2>>},
    {"Polygon", each<is_ring>},
    {"MultiPolygon", each<each<is_ring>>},
};

bool is_geometry(element value, int depth);
bool is_feature(element value);

bool is_collection(element value, int depth) {
  array members;
  if (depth == kMaxDepth || value["geometries"].get(members) != SUCCESS) return false;
  for (const element member : members) {
    if (!is_geometry(member, depth + 1)) return false;
  }
  return true;
}

bool is_geometry(element value, int depth) {
  std::string_view type;
  element coordinates;
  if (!value.is_object() || value["type"].get(type) != SUCCESS) return false;
  if (type == "GeometryCollection") return is_collection(value, depth);
  for (const Geometry& row : kGeometries) {
    if (row.type == type) {
      return value["coordinates"].get(coordinates) == SUCCESS && row.coordinates(coordinates);
    }
  }
  return false;
}

// Geometry and properties must be there; either may be null.
bool is_feature(element value) {
  std::string_view type;
  element geometry, properties;
  return value.is_object() && value["type"].get(type) == SUCCESS && type == "Feature" &&
         value["geometry"].get(geometry) == SUCCESS &&
         value["properties"].get(properties) == SUCCESS &&
         (geometry.is_null() || is_geometry(geometry, 0)) &&
         (properties.is_null() || properties.is_object());
}

}  // namespace

bool is_geojson(element value) {
  std::string_view type;
  element features;
  if (!value.is_object() || value["type"].get(type) != SUCCESS) return false;
  if (type == "Feature") return is_feature(value);
  if (type != "FeatureCollection") return is_geometry(value, 0);
  return value["features"].get(features) == SUCCESS && each<is_feature>(features);
}

bool is_topojson(element value) {
  std::string_view type;
  element arcs;
  simdjson::dom::object objects;
  if (!value.is_object() || value["type"].get(type) != SUCCESS || type != "Topology" ||
      value["objects"].get(objects) != SUCCESS || value["arcs"].get(arcs) != SUCCESS ||
      !each<each<is_position>>(arcs)) {
    return false;
  }
  for (const auto member : objects) {
    std::string_view kind;
    if (!member.value.is_object() || member.value["type"].get(kind) != SUCCESS) return false;
  }
  return true;
}

}  // namespace sp
