// The words that a schema may hold where only certain ones may stand, and what they stand for.
#pragma once

#include "sp/schema/schema.h"

namespace sp {

// A word of the standard or of sp, and what it stands for.
template <class T>
struct Word {
  const char* text;
  T value;
};

// Property onInvalid: whether a value that is not valid is missing, and its row is not rejected.
inline constexpr Word<bool> kOnInvalid[] = {{"reject", false}, {"missing", true}};

inline constexpr Word<FieldType> kTypes[] = {
    {"string", FieldType::kString},     {"integer", FieldType::kInteger},
    {"number", FieldType::kNumber},     {"boolean", FieldType::kBoolean},
    {"date", FieldType::kDate},         {"time", FieldType::kTime},
    {"datetime", FieldType::kDatetime}, {"any", FieldType::kAny},
    {"year", FieldType::kYear},         {"yearmonth", FieldType::kYearmonth},
    {"duration", FieldType::kDuration}, {"object", FieldType::kObject},
    {"array", FieldType::kArray},       {"list", FieldType::kList},
    {"geopoint", FieldType::kGeopoint}, {"geojson", FieldType::kGeojson}};
// What the standard lets a list be of.
inline constexpr Word<FieldType> kItemTypes[] = {
    {"string", FieldType::kString},     {"integer", FieldType::kInteger},
    {"boolean", FieldType::kBoolean},   {"number", FieldType::kNumber},
    {"datetime", FieldType::kDatetime}, {"date", FieldType::kDate},
    {"time", FieldType::kTime}};
inline constexpr Word<Role> kRoles[] = {
    {"source", Role::kSource},       {"key", Role::kKey},           {"time", Role::kTime},
    {"type", Role::kType},           {"location", Role::kLocation}, {"latitude", Role::kLatitude},
    {"longitude", Role::kLongitude}, {"altitude", Role::kAltitude}, {"attribute", Role::kAttribute},
    {"measure", Role::kMeasure},     {"ignore", Role::kIgnore}};
// Roles that one column alone can have.
inline constexpr Role kSingleRoles[] = {Role::kSource,   Role::kType,      Role::kLocation,
                                        Role::kLatitude, Role::kLongitude, Role::kAltitude};
inline constexpr Word<Dst> kDst[] = {
    {"reject", Dst::kReject}, {"earlier", Dst::kEarlier}, {"later", Dst::kLater}};
inline constexpr Word<FieldsMatch> kFieldsMatch[] = {{"exact", FieldsMatch::kExact},
                                                     {"equal", FieldsMatch::kEqual},
                                                     {"subset", FieldsMatch::kSubset},
                                                     {"superset", FieldsMatch::kSuperset},
                                                     {"partial", FieldsMatch::kPartial}};

}  // namespace sp
