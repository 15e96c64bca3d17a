#include "sp-load/retry.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sp-load/db/database_error.h"

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

// tests/db/sqlstate_test.py tries each row of the table; here is what the table must say.
TEST_CASE("SQLSTATEs are judged by what the load was doing") {
  using sp::ExitCode;
  using enum ExitCode;
  struct {
    const char* sqlstate;
    ExitCode connect, prepare, rows, commit;
    bool transient;
  } const rows[] = {
      {"08006", kTempFail, kTempFail, kTempFail, kTempFail, true},   // connection failure
      {"40001", kTempFail, kTempFail, kTempFail, kTempFail, true},   // serialization failure
      {"40P01", kTempFail, kTempFail, kTempFail, kTempFail, true},   // deadlock
      {"53300", kTempFail, kTempFail, kTempFail, kTempFail, true},   // too many connections
      {"53100", kTempFail, kTempFail, kTempFail, kTempFail, true},   // disk full
      {"53400", kConfig, kConfig, kConfig, kConfig, false},          // temp_file_limit
      {"57P01", kTempFail, kTempFail, kTempFail, kTempFail, true},   // admin shutdown
      {"57P03", kTempFail, kTempFail, kTempFail, kTempFail, true},   // cannot connect now
      {"57P04", kConfig, kConfig, kConfig, kConfig, false},          // database dropped
      {"57000", kTempFail, kTempFail, kTempFail, kTempFail, false},  // operator intervention
      {"57014", kTempFail, kTempFail, kTempFail, kTempFail, false},  // query cancelled
      {"55P03", kTempFail, kTempFail, kTempFail, kTempFail, true},   // lock not available
      {"25006", kTempFail, kTempFail, kTempFail, kTempFail, true},   // read-only
      {"72000", kTempFail, kTempFail, kTempFail, kTempFail, true},   // snapshot too old
      {"28P01", kConfig, kConfig, kConfig, kConfig, false},          // wrong password
      {"3D000", kConfig, kConfig, kConfig, kConfig, false},          // no such database
      {"42P01", kConfig, kConfig, kConfig, kConfig, false},          // no such table
      {"42501", kConfig, kConfig, kConfig, kConfig, false},          // no privilege
      {"55P02", kConfig, kConfig, kConfig, kConfig, false},          // PGOPTIONS
      {"22023", kConfig, kConfig, kDataErr, kDataErr, false},        // PGTZ; a value
      {"2200H", kConfig, kConfig, kConfig, kConfig, false},          // sequence used up
      {"23505", kConfig, kConfig, kDataErr, kDataErr, false},        // duplicate key
      {"23514", kConfig, kConfig, kDataErr, kDataErr, false},        // check violation
      {"44000", kConfig, kConfig, kDataErr, kDataErr, false},        // check option of a view
      {"54000", kConfig, kConfig, kDataErr, kDataErr, false},        // wraparound; row too large
      {"P0001", kConfig, kConfig, kDataErr, kDataErr, false},        // raised by a trigger
      {"P0004", kConfig, kConfig, kConfig, kConfig, false},          // ASSERT of a trigger
      {"58030", kIoErr, kIoErr, kIoErr, kIoErr, false},              // I/O error of the server
      {"58P01", kConfig, kConfig, kConfig, kConfig, false},          // no such library
      {"XX001", kIoErr, kIoErr, kIoErr, kIoErr, false},              // data corrupted
      {"XX000", kTempFail, kTempFail, kSoftware, kSoftware, false},  // internal error
      {"26000", kTempFail, kTempFail, kSoftware, kSoftware, false},  // no such statement
  };
  for (const auto& row : rows) {
    CAPTURE(row.sqlstate);
    CHECK(load::judge(row.sqlstate, load::Phase::kConnect).exit_code == row.connect);
    CHECK(load::judge(row.sqlstate, load::Phase::kPrepare).exit_code == row.prepare);
    CHECK(load::judge(row.sqlstate, load::Phase::kRows).exit_code == row.rows);
    CHECK(load::judge(row.sqlstate, load::Phase::kCommit).exit_code == row.commit);
    CHECK(load::judge(row.sqlstate, load::Phase::kRows).transient == row.transient);
  }
  // A database that is closed may open; an object that is not ready must be made so.
  CHECK(load::judge("55000", load::Phase::kConnect).transient);
  CHECK(load::judge("55000", load::Phase::kConnect).exit_code == kTempFail);
  CHECK(load::judge("55000", load::Phase::kRows).exit_code == kConfig);
}

TEST_CASE("a connection that failed without a SQLSTATE may come, unless its parameters are wrong") {
  load::DatabaseError error("no");
  CHECK(load::classify(error).transient);
  CHECK(load::classify(error).exit_code == sp::ExitCode::kTempFail);
  error.hopeless = true;
  CHECK_FALSE(load::classify(error).transient);
  CHECK(load::classify(error).exit_code == sp::ExitCode::kConfig);
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
  error.phase = load::Phase::kRows;
  CHECK(load::describe(error) ==
        "duplicate key; Key (a)=(1) already exists. (a row that breaks a constraint of the table, "
        "SQLSTATE 23505)");
  CHECK(load::describe(load::DatabaseError("could not connect")) == "could not connect");
}
