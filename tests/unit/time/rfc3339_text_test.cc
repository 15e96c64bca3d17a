#include "sp/time/rfc3339_text.h"

#include <doctest/doctest.h>

TEST_CASE("microseconds are shown with six digits, also before 1970") {
  CHECK(sp::rfc3339_micros(0) == "1970-01-01T00:00:00.000000Z");
  CHECK(sp::rfc3339_micros(1'738'318'500'000'042) == "2025-01-31T10:15:00.000042Z");
  CHECK(sp::rfc3339_micros(-1) == "1969-12-31T23:59:59.999999Z");
  CHECK(sp::rfc3339_micros(-1'000'000) == "1969-12-31T23:59:59.000000Z");
}
