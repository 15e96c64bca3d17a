// The parts of sp-schema choose: the head of a file, what fits it, and which fits best.
#include "sp-schema/choose/choose.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "sp/base/diagnostic.h"
#include "sp/schema/load.h"

namespace {

using sp::ExitCode;

std::unique_ptr<sp::choose::Candidate> candidate(const std::string& path,
                                                 const std::string& schema) {
  auto made = std::make_unique<sp::choose::Candidate>();
  made->path = path;
  made->kind = path;
  made->schema = sp::parse_schema(schema, path);
  return made;
}

std::string read_all(sp::ByteSource& source) {
  std::string text;
  char buffer[1000];
  while (const std::size_t n = source.read(buffer, sizeof buffer)) text.append(buffer, n);
  return text;
}

ExitCode code_of(const std::vector<sp::choose::Fit>& fits) {
  try {
    sp::choose::choose_among(fits);
  } catch (const sp::Error& error) {
    return error.code();
  }
  return ExitCode::kOk;
}

class Broken final : public sp::ByteSource {
 public:
  Broken() : ByteSource("x.gz") {}
  std::size_t read(char*, std::size_t) override {
    ++reads;
    throw sp::Error(ExitCode::kDataErr, "gzip data is damaged");
  }
  std::uint64_t bytes_consumed() const override { return 0; }
  static inline int reads = 0;
};

}  // namespace

TEST_CASE("the head of a file is read once, and no more of it than a MiB") {
  const std::string text(100'000, 'x');
  sp::choose::FileHead head(sp::memory_source(text, "x.csv", 700));
  CHECK(read_all(*head.open()) == text);
  CHECK(read_all(*head.open()) == text);
  const std::string endless(sp::choose::FileHead::kMost + 1, 'x');
  sp::choose::FileHead long_head(sp::memory_source(endless, "x.csv"));
  CHECK_THROWS_WITH_AS(read_all(*long_head.open()), "no header ends in its first 1 MiB", sp::Error);
  CHECK_NOTHROW(long_head.check());
}

TEST_CASE("a file that breaks breaks for every schema") {
  sp::choose::HeaderReader headers(std::make_unique<Broken>());
  const auto one = candidate("a", R"({"fields": [{"name": "a"}]})");
  for (int i = 0; i < 2; ++i) {
    CHECK_THROWS_WITH_AS(sp::choose::fit_of(*one, headers, "x.gz"), "gzip data is damaged",
                         sp::Error);
  }
  CHECK(Broken::reads == 1);
}

TEST_CASE("what fits, and how well") {
  struct Row {
    std::string schema, name, text, fault;
    sp::choose::Rank rank;
  };
  const std::string two = R"({"fields": [{"name": "a"}, {"name": "b"}], "fieldsMatch": ")";
  const std::string bare =
      R"({"fields": [{"name": "a", "type": "integer"}, {"name": "b"}], "dialect": {"header": false}})";
  const Row rows[] = {
      {two + "exact\"}", "x.csv", "a,b\n", "", {true, false, 0, false, 0, 0}},
      {two + "exact\"}", "old-KIND.csv", "a,b\n", "", {false, false, 0, false, 0, 0}},
      {two + "exact\"}", "kind/x.csv", "a,b\n", "", {true, false, 0, false, 0, 0}},
      {two + "exact\"}", "x.csv", "a\n", "the header lacks the column 'b'", {}},
      {two + "exact\"}",
       "x.csv",
       "",
       "the input is empty; a header row with column names is needed",
       {}},
      {two + "subset\"}", "x.csv", "c,b,a,d\n", "", {true, false, 0, false, 2, 0}},
      {two + "superset\"}", "x.csv", "b\n", "", {true, false, 0, false, 0, 1}},
      {two + "partial\"}", "x.ndjson", "{\"b\":1,\"c\":2}", "", {true, false, 0, false, 1, 1}},
      {bare, "x.csv", "7,x\n", "", {true, true, 0, false, 0, 0}},
      {bare, "x.csv", ",x\n", "", {true, true, 0, false, 0, 0}},
      {bare,
       "x.csv",
       "y,x\n",
       "there is no header, and the first row is not one of its fields",
       {}},
      {bare, "x.csv", "7\n", "there is no header, and the first row is not one of its fields", {}},
      {bare, "x.ndjson", "{\"a\":7,\"b\":1}", "", {true, false, 0, false, 0, 0}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.schema);
    CAPTURE(row.text);
    auto one = candidate("kind", row.schema);
    sp::StreamOptions stream;
    sp::apply_schema_dialect(stream, one->schema, sp::InputForm::kRaw);
    one->read = stream.read;
    sp::choose::HeaderReader headers(sp::memory_source(row.text, row.name));
    const sp::choose::Fit fit = sp::choose::fit_of(*one, headers, row.name);
    CHECK(fit.fault == row.fault);
    if (fit.fault.empty()) CHECK((fit.rank == row.rank));
  }
}

TEST_CASE("the best is taken, and what might have been it is not passed over") {
  const auto a = candidate("a", R"({"fields": [{"name": "a"}]})");
  const auto b = candidate("b", R"({"fields": [{"name": "b"}]})");
  const auto copy = candidate("copy", R"({"fields": [{"name": "a"}]})");
  const auto fit = [](const sp::choose::Candidate& one, sp::choose::Rank rank) {
    sp::choose::Fit made;
    made.candidate = &one;
    made.rank = rank;
    return made;
  };
  const auto unfit = [&](bool is_unnamed, bool is_broken) {
    sp::choose::Fit made = fit(*b, {is_unnamed, false, false, 0, 0});
    made.fault = "wrong";
    made.is_broken = is_broken;
    return made;
  };
  const sp::choose::Rank plain{true, false, 0, false, 0, 0}, named{false, true, 0, false, 9, 9};
  CHECK(sp::choose::choose_among({fit(*a, plain), fit(*b, named)}).schema == "b");
  const sp::choose::Rank less[] = {{true, true, 0, false, 0, 0},
                                   {true, false, 0, true, 0, 0},
                                   {true, false, 0, false, 1, 0},
                                   {true, false, 0, false, 0, 1}};
  for (const sp::choose::Rank& rank : less) {
    // compare_keys() knows better than what is said here of constants.
    if (!rank.sets_key)
      CHECK(sp::choose::choose_among({fit(*a, rank), fit(*b, plain)}).schema == "b");
  }
  struct Row {
    std::vector<sp::choose::Fit> fits;
    ExitCode code;
  };
  const Row rows[] = {
      {{fit(*a, plain), fit(*b, plain)}, ExitCode::kConfig},
      {{fit(*a, plain), fit(*copy, plain)}, ExitCode::kOk},
      {{fit(*a, plain), fit(*copy, plain), fit(*b, plain)}, ExitCode::kConfig},
      {{unfit(true, false)}, ExitCode::kDataErr},
      {{unfit(false, false), fit(*a, plain)}, ExitCode::kOk},
      {{unfit(true, true), unfit(true, false)}, ExitCode::kConfig},
      {{unfit(true, true), fit(*a, plain)}, ExitCode::kOk},
      {{unfit(false, true), fit(*a, plain)}, ExitCode::kConfig},
      {{unfit(true, true), fit(*a, less[0])}, ExitCode::kConfig},
      {{unfit(true, true), fit(*a, less[2])}, ExitCode::kConfig},
      {{unfit(true, true), fit(*a, less[3])}, ExitCode::kOk},
      {{unfit(true, true), fit(*a, named)}, ExitCode::kOk},
      {{unfit(false, true), fit(*a, named)}, ExitCode::kConfig},
  };
  for (const Row& row : rows) {
    CAPTURE(&row - rows);
    CHECK(code_of(row.fits) == row.code);
  }
}

TEST_CASE("a constant for a key that another reads") {
  const auto reads = candidate("reads", R"({"fields": [{"name": "id", "role": "key",
      "rename": "sensor_id"}, {"name": "t"}], "fieldsMatch": "subset"})");
  const auto sets =
      candidate("sets", R"({"fields": [{"name": "id", "role": "ignore"}, {"name": "t"},
      {"name": "u"}], "constants": {"sensor_id": "7"}})");
  sp::choose::HeaderReader headers(sp::memory_source("id,t,u\n", "x.csv"));
  const std::vector<sp::choose::Fit> fits{sp::choose::fit_of(*sets, headers, "x.csv"),
                                          sp::choose::fit_of(*reads, headers, "x.csv")};
  CHECK(sp::choose::choose_among(fits).schema == "reads");
}
