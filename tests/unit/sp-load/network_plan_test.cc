#include "sp-load/network/network_plan.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "failure.h"
#include "sp/schema/load.h"

namespace load = sp::load;

namespace {

sp::Schema schema_of(const std::string& fields, const std::string& more = "") {
  return sp::parse_schema("{\"fields\": [" + fields + "]" + more + "}", "s.json");
}

constexpr const char* kStation =
    R"({"name": "net", "type": "string", "role": "source"},
       {"name": "station", "type": "string", "role": "key"},
       {"name": "channel", "type": "integer", "role": "key"},
       {"name": "measured", "type": "datetime", "role": "time"},
       {"name": "lat", "type": "number", "role": "latitude"},
       {"name": "lon", "type": "number", "role": "longitude"},
       {"name": "NO2", "type": "number", "unit": "ug/m3", "role": "measure"},
       {"name": "wd", "type": "number", "unit": "degree", "role": "measure",
        "standardName": "wind_from_direction"},
       {"name": "ok", "type": "boolean", "role": "attribute"},
       {"name": "note", "type": "string"},
       {"name": "old", "type": "string", "role": "ignore"})";

std::string failure_of(const std::string& fields, const std::string& more = "") {
  return failure([&] { load::check_network(schema_of(fields, more)); });
}

TEST_CASE("roles say what each column of the rows is for") {
  const sp::Schema schema = schema_of(kStation, R"(, "constants": {"type": "AQ-1"})");
  const sp::Columns columns({"file", "note", "channel", "station", "net", "measured", "lat", "lon",
                             "NO2", "wd", "ok", "type", "extra"});
  const load::NetworkPlan plan = load::plan_network(schema, columns, "x.csv", "file");
  CHECK(plan.source == 4);
  REQUIRE(plan.key.size() == 2);  // in the schema's order
  CHECK(plan.key[0].column == 3);
  CHECK_FALSE(plan.key[0].is_integer);
  CHECK(plan.key[1].column == 2);
  CHECK(plan.key[1].is_integer);
  CHECK(plan.time == 5);
  CHECK(plan.latitude == 6);
  CHECK(plan.longitude == 7);
  CHECK(plan.type == 11);
  CHECK_FALSE(plan.location);
  CHECK(plan.targets ==
        std::vector<std::string>{"", "note", "", "", "", "ts", "", "", "NO2", "wd", "ok", "", ""});
  CHECK(plan.left_out == std::vector<std::string>{"extra"});
  std::string all;
  for (const load::Quantity& quantity : plan.quantities) {
    all += quantity.name + " " + quantity.kind + " " + quantity.unit + "; ";
  }
  CHECK(all == "NO2 number ug/m3; wd number degree; ok boolean ; note text ; ");
  CHECK(plan.quantities[0].circle() == 0);
  CHECK(plan.quantities[1].circle() == 360);
}

TEST_CASE("rows without the source or the key are no readings") {
  const sp::Schema schema = schema_of(kStation);
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{"station", "channel", "measured"},
        std::vector<std::string>{"net", "channel", "measured"}}) {
    CHECK_THROWS_AS(load::plan_network(schema, sp::Columns(names), "x.csv", ""), sp::Error);
  }
}

TEST_CASE("states have the source and the key, and no more") {
  const sp::Schema schema = schema_of(kStation);
  const sp::Columns columns({"net", "station", "channel", "window_start", "window", "NO2"});
  const load::NetworkPlan plan = load::plan_states(schema, columns, "m.csv");
  CHECK(plan.source == 0);
  CHECK(plan.key.size() == 2);
  CHECK(plan.quantities.empty());
}

TEST_CASE("a schema must name source, key and time, and says how") {
  const std::string key = R"({"name": "k", "role": "key"})";
  const std::string time = R"({"name": "t", "type": "datetime", "role": "time"})";
  CHECK(failure_of(key + "," + time, R"(, "constants": {"source": "roof"})") == "");
  CHECK(failure_of(key + "," + time, R"(, "fromName": "(?P<source>[a-z]+)_")") == "");
  CHECK(failure_of(key + "," + time).find("\"constants\": {\"source\": \"NAME\"}") !=
        std::string::npos);
  CHECK(failure_of(time, R"(, "constants": {"source": "roof"})").find("role key") !=
        std::string::npos);
  CHECK(failure_of(key, R"(, "constants": {"source": "roof"})").find("role time") !=
        std::string::npos);
  const std::string all = failure_of(R"({"name": "x"})");
  for (const char* role : {"role source", "role key", "role time"}) {
    CHECK(all.find(role) != std::string::npos);
  }
  CHECK(failure_of(key + "," + time + R"(,{"name": "s", "role": "source"})",
                   R"(, "constants": {"source": "roof"})")
            .find("both have the role source") != std::string::npos);
}

}  // namespace
