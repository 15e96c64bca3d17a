#include "sp-watch/patience.h"

#include <doctest/doctest.h>

using namespace sp::watch;

namespace {

TimePoint at(int seconds) { return TimePoint() + std::chrono::seconds(seconds); }

}  // namespace

TEST_CASE("what cannot be had for long is said once, until it was had") {
  Patience patience(Millis(5000));
  CHECK_FALSE(patience.ran_out("a", at(0)));
  CHECK_FALSE(patience.ran_out("a", at(4)));
  CHECK_FALSE(patience.ran_out("b", at(4)));
  CHECK(patience.ran_out("a", at(5)));
  CHECK_FALSE(patience.ran_out("a", at(6)));  // nothing was told: the next time is later
  CHECK(patience.ran_out("a", at(10)));
  patience.told("a");
  CHECK_FALSE(patience.ran_out("a", at(100)));
  patience.had("a");
  CHECK_FALSE(patience.ran_out("a", at(101)));
  CHECK(patience.ran_out("a", at(106)));
  CHECK(patience.ran_out("b", at(106)));
}

TEST_CASE("without a limit it is said at once") {
  Patience patience(Millis(0));
  CHECK(patience.ran_out("a", at(0)));
  patience.told("a");
  CHECK_FALSE(patience.ran_out("a", at(0)));
}

TEST_CASE("what nobody asks for any more is forgotten") {
  Patience patience(Millis(5000));
  patience.ran_out("old", at(0));
  patience.ran_out("new", at(8));
  patience.forget(at(5));
  CHECK_FALSE(patience.ran_out("old", at(9)));
  CHECK(patience.ran_out("new", at(13)));
}
