// The shape of GeoJSON (RFC 7946) and TopoJSON objects. Used by json_value.cc alone.
#pragma once

#include <simdjson.h>

namespace sp {

// A geometry, a Feature or a FeatureCollection whose required members are there and of their kind:
// positions of two or more numbers, lines of two or more of them, closed rings of four or more.
bool is_geojson(simdjson::dom::element value);
// A Topology: "objects" of geometries, "arcs" of lists of positions.
bool is_topojson(simdjson::dom::element value);

}  // namespace sp
