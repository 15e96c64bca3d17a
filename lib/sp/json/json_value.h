// One JSON text looked at as a whole: what a cell of the types object, array, geopoint or geojson
// holds. The bytes are copied; a value lasts until the next parse(). Numbers must fit a double or
// 64 bits.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace sp {

class JsonValue {
 public:
  JsonValue();
  ~JsonValue();
  JsonValue(JsonValue&&) noexcept;
  JsonValue& operator=(JsonValue&&) noexcept;
  // False where `text` is not one JSON value (RFC 8259), or nests deeper than 1024 levels; then
  // there is no value.
  bool parse(std::string_view text);
  bool is_object() const;
  bool is_array() const;
  // Members of an object, items of an array.
  std::size_t size() const;
  // The value without white space between its tokens.
  std::string minified() const;
  // Two numbers: [lon, lat], or {"lon": .., "lat": ..} and nothing else.
  bool read_array_point(double& longitude, double& latitude) const;
  bool read_object_point(double& longitude, double& latitude) const;
  // A GeoJSON object (RFC 7946), a Topology of TopoJSON: types, and the shape of what they must
  // have.
  bool is_geojson() const;
  bool is_topojson() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sp
