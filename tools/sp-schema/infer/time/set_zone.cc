#include "sp-schema/infer/time/set_zone.h"

#include <algorithm>

#include "sp-schema/infer/column/name_words.h"
#include "sp-schema/infer/time/zone_name.h"
#include "sp/base/excerpt.h"

namespace sp {
namespace {

struct FoundZone {
  NamedZone zone;
  std::string where;
};

// A name of the zone database, UTC and GMT mean nothing else; EST, Z and "local" may.
bool speaks_of_zone(std::string_view line, const NamedZone& zone) {
  return zone.text.find('/') != std::string::npos || has_word(line, {"utc", "gmt"}) ||
         has_word(line, {"time", "times", "zone", "timezone", "zeit", "zeiten", "zeitzone",
                         "uhrzeit", "angaben", "clock", "hour", "hours", "tz", "winterzeit",
                         "sommerzeit", "normalzeit"});
}

// The lines before the header that speak of a zone; of two that differ none counts.
FoundZone zone_of_preamble(SchemaDraft& draft) {
  FoundZone found;
  const std::string& text = draft.shape.preamble;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    const NamedZone zone = find_zone(line);
    if (zone.text.empty() || !speaks_of_zone(line, zone)) continue;
    if (!found.zone.text.empty() && found.zone.zone != zone.zone) {
      draft.remarks.decide("the lines before the header name two zones, " +
                           excerpt(found.zone.text) + " and " + excerpt(zone.text));
      return {};
    }
    found = {zone, " of the lines before the header"};
  }
  return found;
}

FoundZone zone_of_names(const SchemaDraft& draft, const std::vector<std::size_t>& columns) {
  for (const std::size_t column : columns) {
    for (const std::string& text : {draft.columns[column], draft.unit_text(column)}) {
      const NamedZone zone = find_zone(text);
      if (!zone.text.empty()) return {zone, ""};
    }
  }
  return {};
}

}  // namespace

void set_zone(SchemaDraft& draft, const std::vector<std::size_t>& columns, Field& field) {
  FoundZone found = zone_of_names(draft, columns);
  if (found.zone.text.empty()) found = zone_of_preamble(draft);
  const NamedZone& zone = found.zone;
  const std::size_t column = columns.back();
  if (zone.text.empty()) {
    draft.remarks.decide(
        "no offset and no zone is named: the times are read as UTC; name their "
        "timezone where they are not",
        column);
    return;
  }
  field.timezone = zone.zone.empty() ? "UTC" : zone.zone;
  if (zone.zone.empty()) {
    draft.remarks.decide(excerpt(zone.text) + found.where + " is " + zone.doubt +
                             ": the times are read as UTC until you write their timezone",
                         column);
  } else if (!zone.doubt.empty() || !found.where.empty()) {
    draft.remarks.decide(excerpt(zone.text) + found.where + " is read as " + zone.zone +
                             (zone.doubt.empty() ? "" : " " + zone.doubt),
                         column);
  }
}

}  // namespace sp
