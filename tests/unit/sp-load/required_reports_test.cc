#include "sp-load/ledger/required_reports.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sp/app/report.h"
#include "temporary_folder.h"

namespace {

// A report of one file, whose third row was rejected and had the places that `passed` got.
std::string report_of(const TemporaryFolder& folder, const std::string& tool,
                      const std::string& file) {
  const sp::RowCounts counts{3, 2, 1};
  sp::FileReport read;
  read.file = file;
  read.rows = counts;
  sp::RowPlaces places;
  places.pass(1, 2);
  places.pass(3, 4);
  read.places = places.take();
  sp::JsonObject report = sp::start_report(tool, counts);
  sp::add_files(report, {read}, false);
  sp::write_report(folder / file, report);
  return folder / file;
}

}  // namespace

TEST_CASE("places of rows that passed are told of one stage that rejects rows, of no more") {
  const TemporaryFolder folder;
  const std::string first = report_of(folder, "sp-validate", "a"),
                    second = report_of(folder, "sp-validate", "b"),
                    other = report_of(folder, "sp-transform", "c");
  const auto places = sp::load::places_passed({first, other});
  REQUIRE(places.has_value());
  CHECK(sp::find_place(*places, 2).row == 3);
  CHECK(sp::find_place(*places, 2).line == 4);
  // Those of the second are places in what the first let pass.
  CHECK(!sp::load::places_passed({first, second}).has_value());
  CHECK(!sp::load::places_passed({first, other, second}).has_value());
  CHECK(!sp::load::places_passed({other}).has_value());
}
