#include "sp-watch/job/progress.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <algorithm>

#include "sp-watch/run/schedule.h"
#include "sp/io/descriptor.h"
#include "temporary_folder.h"

using sp::watch::Ending;
using sp::watch::Place;
using sp::watch::Progress;

TEST_CASE("what fails counts from the first failure after the last success") {
  Progress progress;
  progress.retry("TEMPFAIL", "away", 10);
  progress.retry("TEMPFAIL", "still\naway", 20);
  progress.retry(sp::watch::kChangedReason, "it was written to", 30);  // not the command's failure
  progress.finish(Place::kFailed, "crashed", 40);
  CHECK(progress.failing_since_ms == 10);
  CHECK(progress.failing_tries == 3);
  CHECK(progress.failing() ==
        "nothing done since 1970-01-01T00:00:00.010Z, tried 3 times: crashed");
  progress.finish(Place::kQuarantine, "no header", 50);
  CHECK(progress.failing() == "");
  CHECK(progress.last_done_ms == 0);
  progress.finish(Place::kDone, "", 60);
  CHECK(progress.last_done_ms == 60);
  CHECK(progress.retries == Progress::Counts{{"TEMPFAIL", 2}, {"changed", 1}});
  CHECK(progress.finished == Progress::Counts{{"done", 1}, {"failed", 1}, {"quarantine", 1}});
}

TEST_CASE("what several watchers saw adds up") {
  Progress whole, news;
  news.count_rows({{"loaded", 3}, {"known", 1}});
  whole.finish(Place::kDone, "", 10);
  news.retry("TEMPFAIL", "away", 20);
  whole.add(news);
  whole.add(news);
  CHECK(whole.failing_since_ms == 20);
  CHECK(whole.failing_tries == 2);
  CHECK(whole.rows == Progress::Counts{{"loaded", 6}, {"known", 2}});
  Progress success;
  success.finish(Place::kDone, "", 15);  // of another watcher, before it began
  whole.add(success);
  CHECK(whole.failing_since_ms == 20);
  success.finish(Place::kDone, "", 30);
  success.retry("IOERR", "full", 40);
  whole.add(success);
  CHECK(whole.failing_since_ms == 40);
  CHECK(whole.failing_tries == 1);
  CHECK(whole.failing_why == "full");
  CHECK(whole.last_done_ms == 30);
}

TEST_CASE("progress is read back as it was written, and damage counts as nothing") {
  const TemporaryFolder folder;
  const sp::Descriptor dir(::open((folder / "").c_str(), O_RDONLY | O_DIRECTORY));
  CHECK(sp::watch::load_progress(dir.get()).is_empty());
  Progress progress;
  progress.finish(Place::kDone, "", 10);
  progress.retry("TEMPFAIL", "\"away\"\xff", 20);
  sp::watch::save_progress(dir.get(), progress);
  progress.failing_why = "\"away\"\xEF\xBF\xBD";
  CHECK(sp::watch::load_progress(dir.get()) == progress);
  for (const char* text : {"", "{", "[]", "{\"finished\":{\"done\":-1}}"}) {
    folder.write("progress.json", text);
    CHECK(sp::watch::load_progress(dir.get()).is_empty());
  }
}

TEST_CASE("the reasons of retries are few") {
  const auto reasons = sp::watch::retry_reasons();
  const auto is_known = [&](const Ending& ending) {
    return std::ranges::count(reasons, sp::watch::reason_of(ending)) == 1;
  };
  for (int status = 1; status < 256; ++status) {
    if (status != 65) CHECK(is_known({status, 0, false}));
    CHECK(is_known({status, 0, true}));  // killed by --timeout
  }
  CHECK(sp::watch::reason_of({75, 0, false}) == "TEMPFAIL");
  CHECK(sp::watch::reason_of({0, 9, false}) == sp::watch::kSignalReason);
  CHECK(sp::watch::reason_of({137, 0, false}) == sp::watch::kSignalReason);
  CHECK(sp::watch::reason_of({0, 15, true}) == sp::watch::kTimeoutReason);
  CHECK(sp::watch::reason_of({99, 0, false}) == sp::watch::kOtherReason);
}
