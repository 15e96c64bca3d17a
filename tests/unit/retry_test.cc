#include "retry.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "database_error.h"

using std::chrono::milliseconds;
namespace load = sp::load;

namespace {

// A clock that stands still but for sleeping, and chance that is set.
struct FakeWorld {
  milliseconds now{1000};
  double chance = 0.5;
  std::vector<milliseconds::rep> slept;
  load::RetryWorld world() {
    return {[this] { return now; },
            [this](milliseconds delay) {
              slept.push_back(delay.count());
              now += delay;
            },
            [this] { return chance; }};
  }
};

}  // namespace

TEST_CASE("delays double up to the cap, jittered over all of it") {
  FakeWorld fake;
  load::Backoff backoff(milliseconds(3'600'000), fake.world());
  for (int i = 0; i < 10; ++i) backoff.wait(backoff.next_delay());
  CHECK(fake.slept ==
        std::vector<milliseconds::rep>{50, 100, 200, 400, 800, 1600, 3200, 6400, 7500, 7500});
  CHECK(backoff.failures() == 10);
}

TEST_CASE("jitter reaches from nothing to the whole delay") {
  FakeWorld fake;
  load::Backoff backoff(milliseconds(60'000), fake.world());
  fake.chance = 0;
  CHECK(backoff.next_delay() == milliseconds(0));
  fake.chance = 0.999999;
  CHECK(backoff.next_delay() == milliseconds(199));
}

TEST_CASE("the budget begins with the first failure and ends the waiting") {
  FakeWorld fake;
  fake.chance = 0.9;
  fake.now = milliseconds(5'000'000);  // the run before the first failure does not count
  load::Backoff backoff(milliseconds(250), fake.world());
  CHECK(backoff.next_delay() == milliseconds(90));
  fake.now += milliseconds(90);
  CHECK(backoff.next_delay() == milliseconds(160));  // cut to what is left: one last try
  fake.now += milliseconds(160);
  CHECK(backoff.next_delay() < milliseconds(0));
}

TEST_CASE("without a budget nothing is tried again") {
  FakeWorld fake;
  load::Backoff backoff(milliseconds(0), fake.world());
  CHECK(backoff.next_delay() < milliseconds(0));
}

TEST_CASE("SQLSTATEs are classified") {
  using sp::ExitCode;
  struct {
    const char* sqlstate;
    bool transient;
    ExitCode code;
  } const rows[] = {
      {"", true, ExitCode::kTempFail},        // no connection
      {"08006", true, ExitCode::kTempFail},   // connection failure
      {"40001", true, ExitCode::kTempFail},   // serialization failure
      {"40P01", true, ExitCode::kTempFail},   // deadlock
      {"53300", true, ExitCode::kTempFail},   // too many connections
      {"53100", true, ExitCode::kTempFail},   // disk full
      {"57P01", true, ExitCode::kTempFail},   // admin shutdown
      {"57P03", true, ExitCode::kTempFail},   // cannot connect now
      {"55P03", true, ExitCode::kTempFail},   // lock not available
      {"25006", true, ExitCode::kTempFail},   // read-only
      {"57P04", false, ExitCode::kConfig},    // database dropped
      {"57014", false, ExitCode::kTempFail},  // query cancelled
      {"28P01", false, ExitCode::kConfig},    // wrong password
      {"3D000", false, ExitCode::kConfig},    // no such database
      {"42P01", false, ExitCode::kConfig},    // no such table
      {"42501", false, ExitCode::kConfig},    // no privilege
      {"22003", false, ExitCode::kDataErr},   // out of range
      {"23505", false, ExitCode::kDataErr},   // duplicate key
      {"23514", false, ExitCode::kDataErr},   // check violation
      {"P0001", false, ExitCode::kDataErr},   // raised by a trigger
      {"58030", false, ExitCode::kIoErr},     // I/O error of the server
      {"XX000", false, ExitCode::kSoftware},
  };
  for (const auto& row : rows) {
    CAPTURE(row.sqlstate);
    CHECK(load::classify(row.sqlstate).transient == row.transient);
    CHECK(load::classify(row.sqlstate).exit_code == row.code);
  }
}

TEST_CASE("the line of a COPY is found in the server's words") {
  struct {
    const char* context;
    const char* table;
    std::uint64_t line;
    const char* column;
  } const rows[] = {
      {"COPY reading, line 12, column ts: \"x7\"", "reading", 12, "ts"},
      {"COPY reading, line 12", "reading", 12, ""},
      {"COPY r2017_07, line 3: \"1\\t2\"", "r2017_07", 3, ""},
      {"COPY t, Zeile 5, Spalte a", "t", 5, ""},
      {"SQL function \"f\"\nCOPY t, line 9, column b\nmore", "t", 9, "b"},
      {"COPY other, line 9", "t", 0, ""},
      {"COPY t: \"7\"", "t", 0, ""},
      {"", "t", 0, ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.context);
    CHECK(load::copy_line(row.context, row.table) == row.line);
    CHECK(load::copy_column(row.context) == row.column);
  }
}

TEST_CASE("an error is described with what helps") {
  load::DatabaseError error("duplicate key");
  error.detail = "Key (a)=(1) already exists.";
  error.sqlstate = "23505";
  CHECK(load::describe(error) ==
        "duplicate key; Key (a)=(1) already exists. (a row that breaks a constraint of the table, "
        "SQLSTATE 23505)");
  CHECK(load::describe(load::DatabaseError("could not connect")) == "could not connect");
}
