#include "sp-watch/run/halving.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "sp-watch/run/outcomes.h"
#include "sp-watch/waiting.h"
#include "sp/base/diagnostic.h"
#include "temporary_folder.h"

using namespace sp::watch;

namespace {

using Names = std::vector<std::string>;

std::vector<Job> jobs_of(const Names& names) {
  std::vector<Job> out;
  for (const std::string& name : names) out.push_back({name, name, {}, {}, {}, {}});
  return out;
}

Names names_of(const std::vector<Waiting::Waiter>& waiters) {
  Names out;
  for (const auto& waiter : waiters) out.push_back(waiter.name);
  return out;
}

// Runs of the numbers in `items`, divided wherever one of them is bad, until each bad one stood
// alone.
struct Search {
  std::vector<int> bad;
  std::vector<int> good = {};
  std::vector<int> culprits = {};
  std::size_t runs = 0;

  void run(std::vector<int> items) {
    ++runs;
    const bool fails = std::any_of(items.begin(), items.end(), [&](int item) {
      return std::find(bad.begin(), bad.end(), item) != bad.end();
    });
    if (!fails) {
      good.insert(good.end(), items.begin(), items.end());
    } else if (items.size() == 1) {
      culprits.push_back(items[0]);
    } else {
      std::vector<int> second = split_off_half(items);
      run(std::move(items));
      run(std::move(second));
    }
  }
};

std::vector<int> first_numbers(int count) {
  std::vector<int> out;
  for (int i = 0; i < count; ++i) out.push_back(i);
  return out;
}

}  // namespace

TEST_CASE("halves keep the order, and none is empty") {
  for (const int count : {2, 3, 4, 5, 999, 1000}) {
    std::vector<int> first = first_numbers(count);
    const std::vector<int> second = split_off_half(first);
    CHECK(first.size() == static_cast<std::size_t>((count + 1) / 2));
    CHECK(second.size() == static_cast<std::size_t>(count / 2));
    first.insert(first.end(), second.begin(), second.end());
    CHECK(first == first_numbers(count));
  }
}

TEST_CASE("halving finds exactly the bad ones, one of 1024 in 21 runs") {
  Search one{{700}};
  one.run(first_numbers(1024));
  CHECK(one.culprits == std::vector<int>{700});
  CHECK(one.good.size() == 1023);
  CHECK(one.runs == 21);

  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    const int count = std::uniform_int_distribution<int>(1, 200)(random);
    Search search{{}};
    for (int i = 0; i < count; ++i) {
      if (random() % 10 == 0) search.bad.push_back(i);
    }
    search.run(first_numbers(count));
    CHECK(search.culprits == search.bad);
    CHECK(search.good.size() == static_cast<std::size_t>(count) - search.bad.size());
    CHECK(search.runs <= 2 * static_cast<std::size_t>(count) - 1);
  }
}

TEST_CASE("what a run of several that failed as a whole says about them") {
  for (const bool is_last : {false, true}) {
    CHECK(batch_fate(action_of({0, 0, false}), is_last) == BatchFate::kEach);
    for (const int status : {65, 70, 1, 255}) {
      CHECK(batch_fate(action_of({status, 0, false}), is_last) == BatchFate::kHalve);
    }
    CHECK(batch_fate(action_of({0, 9, false}), is_last) == BatchFate::kHalve);
    CHECK(batch_fate(action_of({143, 0, true}), is_last) == BatchFate::kHalve);
    for (const int status : {66, 74, 75}) {
      CHECK(batch_fate(action_of({status, 0, false}), is_last) == BatchFate::kLater);
    }
    for (const int status : {64, 78, 126, 127}) {
      CHECK(batch_fate(action_of({status, 0, false}), is_last) ==
            (is_last ? BatchFate::kHalve : BatchFate::kLater));
    }
  }
}

TEST_CASE("jobs that fail transiently stay together once, then with ever fewer") {
  CHECK(company(100, 1) == 100);
  std::size_t files = 100;
  unsigned attempt = 2;
  for (; files > 1; ++attempt) files = company(files, attempt);
  CHECK(attempt == 9);
  CHECK(company(1, 50) == 1);
}

TEST_CASE("those due together are taken together, as far as each may have the others' company") {
  const TimePoint start{};
  Waiting waiting;
  waiting.put("c", start + Millis(3), 3);
  waiting.put("a", start + Millis(1), 3);
  waiting.put("b", start + Millis(2), 3);
  waiting.put("d", start + Millis(4), 3);
  CHECK(waiting.take(start).empty());
  CHECK(names_of(waiting.take(start + Millis(2))) == Names{"a", "b"});
  CHECK(names_of(waiting.take(start + Millis(9))) == Names{"c", "d"});
  CHECK(waiting.empty());

  waiting.put("orphan", start);
  waiting.put("x", start + Millis(1), 10);
  waiting.put("y", start + Millis(1), 2);
  waiting.put("z", start + Millis(1), 10);
  CHECK(names_of(waiting.take(start + Millis(9))) == Names{"orphan"});
  CHECK(names_of(waiting.take(start + Millis(9))) == Names{"x", "y"});
  waiting.put("alone", start + Millis(2));
  const auto last = waiting.take(start + Millis(9));
  CHECK(names_of(last) == Names{"z"});
  CHECK(last[0].company == 10);
  CHECK(waiting.next_due() == start + Millis(2));
}

TEST_CASE("a job that is put again waits once") {
  const TimePoint start{};
  Waiting waiting;
  waiting.put("a", start);
  waiting.put("a", start + Millis(5), 2);
  CHECK(waiting.take(start + Millis(1)).empty());
  CHECK(names_of(waiting.take(start + Millis(5))) == Names{"a"});
  CHECK_FALSE(waiting.knows("a"));
}

TEST_CASE("outcomes are read by the file's path or name, and the last line counts") {
  const auto jobs = jobs_of({"a.csv", "b c.csv", "-d.csv", "e%0A.csv"});
  const Outcomes outcomes = parse_outcomes(
      "{\"file\":\"/in/work/a.csv\",\"status\":65,\"reason\":\"no \\\"header\\\"\"}\n"
      "{\"status\":75,\"file\":\"b c.csv\"}\n"
      "\n"
      "{\"file\":\"/in/work/-d.csv\",\"status\":65}\r\n"
      "{\"file\":\"/in/work/-d.csv\",\"status\":0,\"reason\":null,\"more\":[1],"
      "\"rows\":{\"loaded\":7,\"rejected\":-1,\"known\":0,\"more\":2}}",
      jobs);
  REQUIRE(outcomes.size() == 3);
  CHECK(outcomes.at("a.csv").status == 65);
  CHECK(outcomes.at("a.csv").reason == "no \"header\"");
  CHECK(outcomes.at("b c.csv").status == 75);
  CHECK(outcomes.at("b c.csv").reason.empty());
  CHECK(outcomes.at("-d.csv").status == 0);
  CHECK(outcomes.at("-d.csv").rows == sp::watch::Progress::Counts{{"loaded", 7}, {"known", 0}});
  CHECK(parse_outcomes("", jobs).empty());
}

TEST_CASE("numbers of rows that no file has are none") {
  const auto rows_said = [](const std::string& number) {
    return parse_outcomes(
               R"({"file":"a.csv","status":0,"rows":{"known":1,"loaded":)" + number + "}}",
               jobs_of({"a.csv"}))
        .at("a.csv")
        .rows;
  };
  using Counts = sp::watch::Progress::Counts;
  CHECK(rows_said("1000000000000") == Counts{{"known", 1}, {"loaded", 1'000'000'000'000}});
  for (const char* number : {"1000000000001", "18446744073709551615", "-1", "0.5", "\"7\""}) {
    CAPTURE(number);
    CHECK(rows_said(number) == Counts{{"known", 1}});
  }
}

TEST_CASE("a line that says something about no file of the run is an error with its number") {
  const auto jobs = jobs_of({"a.csv"});
  for (const char* line :
       {"{", "[]", "7", "{}", "{\"file\":\"a.csv\"}", "{\"status\":0}",
        "{\"file\":\"b.csv\",\"status\":0}", "{\"file\":7,\"status\":0}",
        "{\"file\":\"a.csv\",\"status\":\"0\"}", "{\"file\":\"a.csv\",\"status\":-1}",
        "{\"file\":\"a.csv\",\"status\":256}", "{\"file\":\"a.csv\",\"status\":6.5}",
        "{\"file\":\"a.csv\",\"status\":0} x", "{\"file\":\"\",\"status\":0}"}) {
    CAPTURE(line);
    try {
      parse_outcomes(std::string("{\"file\":\"a.csv\",\"status\":0}\n") + line + "\n", jobs);
      FAIL("it was taken");
    } catch (const sp::Error& error) {
      CHECK(error.code() == sp::ExitCode::kSoftware);
      CHECK(std::string(error.what()).find("line 2") != std::string::npos);
    }
  }
}

TEST_CASE("outcomes are read from a regular file, and none is none") {
  TemporaryFolder folder;
  const auto jobs = jobs_of({"a.csv"});
  CHECK(read_outcomes(folder / "absent", jobs).empty());
  const std::string path = folder.write("outcomes", "{\"file\":\"a.csv\",\"status\":65}\n");
  CHECK(read_outcomes(path, jobs).at("a.csv").status == 65);
  CHECK_THROWS_AS(read_outcomes(folder.path().string(), jobs), sp::Error);
}
