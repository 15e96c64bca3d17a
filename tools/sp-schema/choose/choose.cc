#include "sp-schema/choose/choose.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <tuple>

#include "sp/app/outcomes.h"
#include "sp/base/key_hash.h"
#include "sp/base/path_name.h"
#include "sp/io/byte_sink.h"
#include "sp/io/whole_file.h"

namespace sp::choose {
namespace {

const std::string& path_of(const Fit& fit) { return fit.candidate->path; }

// What decided between the first of those that fit and the next.
std::string reason(const Fit& best, const Fit& next) {
  const Rank &one = best.rank, &other = next.rank;
  if (one.is_unnamed != other.is_unnamed) return "the file's name holds its name";
  if (one.is_by_position != other.is_by_position) {
    return "the header has its names, and " + path_of(next) + " goes without a header";
  }
  if (one.misfits != other.misfits) {
    return fmt::format("{} cells of the first row are not of its types, and {} not of those of {}",
                       one.misfits, other.misfits, path_of(next));
  }
  if (one.sets_key != other.sets_key) {
    return path_of(next) + " has a constant for a key that it reads";
  }
  if (one.left_over != other.left_over) {
    return fmt::format("it leaves {} columns over, and {} leaves {}", one.left_over, path_of(next),
                       other.left_over);
  }
  if (one.absent != other.absent) {
    return fmt::format("{} of its fields are absent, and {} of those of {}", one.absent,
                       other.absent, path_of(next));
  }
  return path_of(next) + " is a copy of it";
}

// One that is broken could at best be found by its names and leave nothing over.
bool might_be_better(const Fit& broken, const Fit& best) {
  Rank rank;
  rank.is_unnamed = broken.rank.is_unnamed;
  rank.is_by_position = rank.sets_key = false;
  rank.absent = best.rank.absent;
  return rank < best.rank;
}

void refuse_broken(const std::vector<Fit>& fits, const Fit* best) {
  for (const Fit& fit : fits) {
    if (!fit.is_broken || (best != nullptr && !might_be_better(fit, *best))) continue;
    throw Error(ExitCode::kConfig,
                "the schema " + path_of(fit) + " might be the one, and is wrong: " + fit.fault);
  }
}

// Of those that share no column with the file nothing but the file's name makes one the nearest.
bool is_far(const Fit& fit) { return fit.is_alien && fit.rank.is_unnamed; }

[[noreturn]] void refuse_all(const std::vector<Fit>& fits) {
  const auto weight = [](const Fit& fit) {
    return std::tuple(is_far(fit), fit.is_alien, fit.faults, fit.rank.is_unnamed);
  };
  const auto nearest = std::min_element(
      fits.begin(), fits.end(),
      [&](const Fit& one, const Fit& other) { return weight(one) < weight(other); });
  // What all have against it is the file's own fault.
  const bool is_the_files = std::all_of(
      fits.begin(), fits.end(), [&](const Fit& fit) { return fit.fault == nearest->fault; });
  std::string which = path_of(*nearest) + " does not fit";
  if (fits.size() > 1) {
    which = "no schema fits";
    if (is_far(*nearest)) {
      throw Error(ExitCode::kDataErr, which + ": none has one of the file's columns");
    }
    if (!is_the_files) which += "; the nearest is " + path_of(*nearest);
  }
  throw Error(ExitCode::kDataErr, which + ": " + nearest->fault);
}

std::string default_folder() {
  if (const char* named = std::getenv("SP_SCHEMA_DIR"); named != nullptr && *named != '\0') {
    return named;
  }
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return (program.parent_path().parent_path() / "share/sensor-pipeline/schemas").string();
}

// What is missing is said of each schema where none fits.
Choice choose_for(const std::string& file, const std::vector<Candidate>& candidates,
                  const std::vector<std::size_t>& order, const Log& log) {
  HeaderReader headers(file);
  std::vector<Fit> fits(candidates.size());
  for (const std::size_t i : order) fits[i] = fit_of(candidates[i], headers, file);
  const bool is_hopeless =
      std::none_of(fits.begin(), fits.end(), [](const Fit& fit) { return fit.fault.empty(); });
  for (const Fit& fit : fits) {
    if (is_hopeless && fits.size() > 1)
      log.error(path_of(fit) + ": " + fit.fault, {file, 0, 0, ""});
  }
  return choose_among(fits);
}

// A disk that fails is no file's fault.
bool is_of_file(const Error& error) {
  return error.code() == ExitCode::kDataErr || error.code() == ExitCode::kNoInput ||
         error.code() == ExitCode::kConfig;
}

// The answers of a run, and what is to be said at its end.
class Answers {
 public:
  Answers(const ChooseOptions& options, const Log& log) : options_(options), log_(log) {}
  void add(const std::string& file, const Choice& choice);
  void add(const std::string& file, const Error& error);
  void finish() const;

 private:
  void join(const std::string& file, const Choice& choice);

  // Files that go through one run of the tools: of one schema, with the same columns; where
  // sp-validate keeps the rejected rows of each, no two have one name.
  struct Run {
    std::string schema;
    std::vector<std::string> columns, files;
    KeyNames names;
  };
  const ChooseOptions& options_;
  const Log& log_;
  std::string chosen_, outcomes_;
  std::vector<Run> runs_;
  std::size_t refused_ = 0;
  ExitCode worst_ = ExitCode::kOk;
};

void Answers::add(const std::string& file, const Choice& choice) {
  if (options_.null) {
    join(file, choice);
  } else {
    chosen_ +=
        fmt::format("{}: {} ({})\n", visible(file), visible(choice.schema), visible(choice.why));
  }
}

void Answers::join(const std::string& file, const Choice& choice) {
  const std::string rejects(unpacked_name(base_name(file)));
  const std::string errors = rejects + ".errors.ndjson";
  const auto takes = [&](const Run& run) {
    return run.schema == choice.schema && run.columns == choice.columns &&
           !run.names.contains(rejects) && !run.names.contains(errors);
  };
  auto run = std::find_if(runs_.begin(), runs_.end(), takes);
  if (run == runs_.end()) run = runs_.insert(run, {choice.schema, choice.columns, {}, {}});
  run->files.push_back(file);
  run->names.insert({rejects, errors});
}

void Answers::add(const std::string& file, const Error& error) {
  ++refused_;
  worst_ = std::max(worst_, error.code());
  outcomes_ += outcome_line(file, error.code(), error.what(), "sp-schema");
  const bool is_last_word = options_.files.size() == 1 && options_.outcomes.empty();
  if (is_last_word) throw Error(error.code(), error.what(), {file, 0, 0, ""});
  log_.error(error.what(), {file, 0, 0, ""});
}

void Answers::finish() const {
  // All lines or none: a tool that ends early has told nobody's fate.
  if (!outcomes_.empty() && !options_.outcomes.empty())
    append_to_file(options_.outcomes, outcomes_);
  const auto sink = open_sink("-");
  sink->append(chosen_);
  for (const Run& run : runs_) {
    sink->append(run.schema + '\0');
    for (const std::string& file : run.files) sink->append(file + '\0');
    sink->append('\0');
  }
  sink->close();
  if (refused_ == 0 || !options_.outcomes.empty()) return;
  throw Error(worst_, fmt::format("{} of {} files got no schema", refused_, options_.files.size()));
}

}  // namespace

Choice choose_among(const std::vector<Fit>& fits) {
  std::vector<Fit> fitting;
  std::copy_if(fits.begin(), fits.end(), std::back_inserter(fitting),
               [](const Fit& fit) { return fit.fault.empty(); });
  compare_keys(fitting);
  std::stable_sort(fitting.begin(), fitting.end(),
                   [](const Fit& one, const Fit& other) { return one.rank < other.rank; });
  refuse_broken(fits, fitting.empty() ? nullptr : &fitting[0]);
  if (fitting.empty()) refuse_all(fits);
  const Fit& best = fitting[0];
  for (const Fit& other : fitting) {
    if (other.rank != best.rank) break;
    if (other.candidate->schema.sha256 == best.candidate->schema.sha256) continue;
    throw Error(ExitCode::kConfig, path_of(best) + " and " + path_of(other) +
                                       " fit alike; take one away, or let the file's name hold "
                                       "the name of one");
  }
  return {path_of(best), fitting.size() == 1 ? "no other fits" : reason(best, fitting[1]),
          best.columns};
}

void run_choose(const ChooseOptions& options, const Log& log) {
  std::vector<std::string> folders = options.folders;
  if (folders.empty()) folders.push_back(default_folder());
  const std::vector<Candidate> candidates =
      options.schemas.empty() ? read_candidates(folders) : read_given(options.schemas);
  const std::vector<std::size_t> order = order_by_dialect(candidates);
  Answers answers(options, log);
  for (const std::string& file : options.files) {
    try {
      answers.add(file, choose_for(file, candidates, order, log));
    } catch (const Error& error) {
      if (!is_of_file(error)) throw;
      answers.add(file, error);
    }
  }
  answers.finish();
}

}  // namespace sp::choose
