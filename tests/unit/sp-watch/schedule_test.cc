#include "sp-watch/run/schedule.h"

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <vector>

#include "sp-watch/duration.h"
#include "sp-watch/job/job_state.h"

using namespace sp::watch;

TEST_CASE("how a command ended decides what becomes of its file") {
  struct Row {
    Ending ending;
    Action action;
    const char* text;
  };
  for (const Row& row : std::vector<Row>{
           {{0, 0, false}, Action::kDone, "exit status 0 (OK)"},
           {{64, 0, false}, Action::kConfig, "exit status 64 (USAGE)"},
           {{65, 0, false}, Action::kQuarantine, "exit status 65 (DATAERR)"},
           {{66, 0, false}, Action::kRetry, "exit status 66 (NOINPUT)"},
           {{70, 0, false}, Action::kCrash, "exit status 70 (SOFTWARE)"},
           {{74, 0, false}, Action::kRetry, "exit status 74 (IOERR)"},
           {{75, 0, false}, Action::kRetry, "exit status 75 (TEMPFAIL)"},
           {{78, 0, false}, Action::kConfig, "exit status 78 (CONFIG)"},
           {{126, 0, false}, Action::kConfig, "exit status 126 (cannot be executed)"},
           {{127, 0, false}, Action::kConfig, "exit status 127 (command not found)"},
           {{1, 0, false}, Action::kCrash, "exit status 1"},
           {{128, 0, false}, Action::kCrash, "exit status 128"},
           {{129, 0, false}, Action::kRetry, "exit status 129, of signal 1 (Hangup)"},
           {{134, 0, false}, Action::kCrash, "exit status 134, of signal 6 (Aborted)"},
           {{137, 0, false}, Action::kRetry, "exit status 137, of signal 9 (Killed)"},
           {{139, 0, false}, Action::kCrash, "exit status 139, of signal 11 (Segmentation fault)"},
           {{143, 0, false}, Action::kRetry, "exit status 143, of signal 15 (Terminated)"},
           {{160, 0, false}, Action::kCrash, "exit status 160"},
           {{255, 0, false}, Action::kCrash, "exit status 255"},
           {{139, 0, true}, Action::kCrash, "killed after --timeout"},
           {{137, 0, true}, Action::kCrash, "killed after --timeout"},
           {{0, SIGKILL, false}, Action::kCrash, "killed by signal 9 (Killed)"},
           {{0, SIGTERM, true}, Action::kCrash, "killed after --timeout"},
           {{75, 0, true}, Action::kCrash, "killed after --timeout"},
           {{0, 0, true}, Action::kDone, "exit status 0 (OK)"},
       }) {
    CAPTURE(row.text);
    CHECK(action_of(row.ending) == row.action);
    CHECK(describe(row.ending) == row.text);
  }
}

TEST_CASE("delays double up to the longest; their upper half is chance") {
  const RetryPolicy policy{Millis(1000), Millis(60000), Millis(30000), 5};
  struct Row {
    unsigned attempt;
    int least, most;
  };
  for (const Row& row : std::vector<Row>{{1, 500, 1000},
                                         {2, 1000, 2000},
                                         {3, 2000, 4000},
                                         {6, 16000, 32000},
                                         {7, 30000, 60000},
                                         {40, 30000, 60000},
                                         {4000000000u, 30000, 60000}}) {
    CAPTURE(row.attempt);
    CHECK(backoff(policy, row.attempt, 0.0).count() == row.least);
    CHECK(backoff(policy, row.attempt, 0.5).count() == (row.least + row.most) / 2);
    CHECK(backoff(policy, row.attempt, 0.999999).count() >= row.most - 1);
  }
  CHECK(retry_delay(policy, Action::kRetry, 1, 0).count() == 500);
  CHECK(retry_delay(policy, Action::kCrash, 1, 0).count() == 500);
  CHECK(retry_delay(policy, Action::kConfig, 1, 0).count() == 30000);
  CHECK(retry_delay(policy, Action::kConfig, 9, 0.99).count() > 30000);
}

TEST_CASE("the brake holds new files back while one after the other fails, and a success lets go") {
  const TimePoint start{};
  Brake brake({Millis(7200000), Millis(7200000), Millis(30000), 5});
  CHECK_FALSE(brake.held_until(start));
  brake.first_attempt_failed(start, 0);
  CHECK(brake.held_until(start) == start + Millis(500));
  CHECK_FALSE(brake.held_until(start + Millis(500)));
  brake.first_attempt_failed(start + Millis(500), 0);
  CHECK(brake.held_until(start + Millis(500)) == start + Millis(1500));
  for (int i = 0; i < 20; ++i) brake.first_attempt_failed(start, 0);
  CHECK(brake.held_until(start) == start + Millis(30000));
  brake.succeeded();
  CHECK_FALSE(brake.held_until(start));
  brake.first_attempt_failed(start, 0);
  CHECK(brake.held_until(start) == start + Millis(500));

  Brake quick({Millis(100), Millis(400), Millis(30000), 5});
  quick.first_attempt_failed(start, 0);
  CHECK(quick.held_until(start) == start + Millis(50));
  for (int i = 0; i < 20; ++i) quick.first_attempt_failed(start, 0);
  CHECK(quick.held_until(start) == start + Millis(200));
}

TEST_CASE("durations are shown in a fitting unit") {
  CHECK(format_duration(Millis(250)) == "250 ms");
  CHECK(format_duration(Millis(1500)) == "1.5 s");
  CHECK(format_duration(Millis(300000)) == "5 min");
  CHECK(format_duration(Millis(3 * 3600 * 1000)) == "3 h");
}

TEST_CASE("the state of a job is read back as it was written") {
  JobState state;
  state.attempts = 7;
  state.crashes = 2;
  state.next_ms = 1735640100123;
  state.taken_us = 1735640000123456;
  state.last = "exit status 75 (TEMPFAIL)";
  const auto read = parse_job_state(to_json(state));
  REQUIRE(read);
  CHECK(read->attempts == 7);
  CHECK(read->crashes == 2);
  CHECK(read->next_ms == 1735640100123);
  CHECK(read->taken_us == state.taken_us);
  CHECK(read->last == state.last);
}

TEST_CASE("a state with hostile text in it is read back all the same") {
  JobState state;
  state.attempts = 1;
  state.last = "\"},\"attempts\":99\n\xff" + std::string(100000, '"');
  const auto read = parse_job_state(to_json(state));
  REQUIRE(read);
  CHECK(read->attempts == 1);
}

TEST_CASE("a state that was cut short or is none is not believed") {
  JobState state;
  state.attempts = 3;
  const std::string whole = to_json(state);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    CAPTURE(n);
    CHECK_FALSE(parse_job_state(whole.substr(0, n)));
  }
  CHECK_FALSE(parse_job_state("{}\n"));
  CHECK_FALSE(parse_job_state("{\"attempts\":\"x\",\"crashes\":0,\"next_ms\":0,\"next\":\"\"}\n"));
  CHECK_FALSE(parse_job_state(std::string(5, '\0')));
}
