#include "sp-load/ledger/sources.h"

#include <fmt/format.h>

#include <algorithm>

#include "sp-load/copy/copy_encode.h"
#include "sp/base/diagnostic.h"
#include "sp/base/key_hash.h"
#include "sp/base/path_name.h"
#include "sp/io/sha256.h"

namespace sp::load {
namespace {

std::vector<std::string> names_of(const std::vector<Source>& sources) {
  std::vector<std::string> names;
  names.reserve(sources.size());
  for (const Source& source : sources) names.push_back(source.name);
  return names;
}

Source open_source_file(const std::string& name, SourceFile::Reading when, bool may_be_refused) {
  Source source{name, std::nullopt, "", ""};
  try {
    source.file.emplace(name, when);
  } catch (const Error& error) {
    if (!may_be_refused || error.code() != ExitCode::kNoInput) throw;
    source.problem = error.what();
  }
  return source;
}

[[noreturn]] void disagree(const std::string& file, const std::string& what) {
  throw Error(ExitCode::kTempFail, what + "; nothing is committed", {file, 0, 0, ""});
}

}  // namespace

std::string Source::base_name() const { return replace_bad_text(sp::base_name(name)); }

SourceIdentity Source::identity(bool is_taken) const {
  SourceIdentity out;
  out.name = base_name();
  if (file) {
    out.size = std::to_string(file->size());
    if (is_taken) out.taken_at = file->taken_at();
  }
  out.key = key;
  if (key.empty()) {
    out.digest = file->sha256();
  } else {
    out.digest = "6b" + sha256_hex(key);
  }
  return out;
}

std::vector<Source> open_sources(const std::vector<std::string>& names, bool may_be_refused) {
  using Reading = SourceFile::Reading;
  const Reading when = names.size() > 1 ? Reading::kWhenAsked : Reading::kBeside;
  std::vector<Source> sources;
  sources.reserve(names.size());
  for (const std::string& name : names) {
    sources.push_back(open_source_file(name, when, may_be_refused));
  }
  return sources;
}

void require_same_bytes(const std::vector<Source>& sources, const std::vector<FileReport>& read) {
  for (const Source& source : sources) {
    const FileReport* report = find_report(read, source.name, sources.size() == 1);
    if (!source.file || report == nullptr || report->status != 0 ||
        report->xxh128 == source.file->xxh128()) {
      continue;
    }
    if (base_name(report->file) != base_name(source.name)) {
      throw Error(ExitCode::kUsage,
                  "--source holds other bytes than " + report->file +
                      ", which was read in its place; what is unpacked or converted goes to the "
                      "first stage by standard input",
                  {source.name, 0, 0, ""});
    }
    disagree(source.name, "the file was written to after it was read, and holds other bytes now");
  }
}

Ingests::Ingests(Connection& connection, const std::vector<Source>& sources,
                 const std::string& column)
    : connection_(connection),
      sources_(sources),
      files_(column, names_of(sources)),
      results_(sources.size()),
      same_as_(sources.size()) {}

bool Ingests::begin(bool are_taken, const std::string& schema_sha256) {
  std::vector<SourceIdentity> wanted;
  std::vector<std::size_t> places;
  KeyMap<std::size_t> by_digest;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (!sources_[i].is_there()) continue;
    SourceIdentity identity = sources_[i].identity(are_taken);
    const auto [first, is_new] = by_digest.emplace(identity.digest, i);
    if (!is_new) {
      same_as_[i] = first->second;
      continue;
    }
    wanted.push_back(std::move(identity));
    places.push_back(i);
  }
  const std::vector<LedgerEntry> entries = begin_ingests(connection_, wanted, schema_sha256);
  for (std::size_t n = 0; n < entries.size(); ++n) {
    const LedgerEntry& entry = entries[n];
    FileResult& result = results_[places[n]];
    result.ingest_id = entry.ingest_id;
    result.already_loaded = entry.already_loaded;
    result.instead_of = entry.instead_of;
    result.loaded_as = entry.loaded_as;
    result.schema_sha256 = entry.schema_sha256;
    if (entry.already_loaded) result.rejected_then = entry.rows_rejected;
    if (entry.is_of_this_file) {
      result.untold = {entry.rows_loaded, entry.rows_known, entry.rows_rejected};
    }
    if (!entry.already_loaded) files_.load(places[n], std::to_string(entry.ingest_id));
  }
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (!same_as_[i]) continue;
    const FileResult& first = results_[*same_as_[i]];
    results_[i].ingest_id = first.ingest_id;
    results_[i].already_loaded = true;
    results_[i].loaded_as =
        first.already_loaded ? first.loaded_as : sources_[*same_as_[i]].base_name();
  }
  return !std::all_of(results_.begin(), results_.end(),
                      [](const FileResult& result) { return result.already_loaded; });
}

void Ingests::settle(const ReportedRows& reported, const std::vector<RowNumbers>& rows) {
  require_same_bytes(sources_, reported.read);
  if (files_.column().empty()) {
    results_[0].rows_read = reported.rows_read;
    results_[0].rows_left_out = reported.rows_left_out;
    results_[0].rows_passed = reported.rows_passed;
    return;
  }
  if (reported.files.empty()) {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (!sources_[i].is_there()) throw Error(ExitCode::kNoInput, sources_[i].problem);
      results_[i].rows_read = results_[i].rows_passed = rows[i].received + rows[i].skipped;
    }
    return;
  }
  take_all(reported, rows);
  std::vector<std::int64_t> withdrawn;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    FileResult& result = results_[i];
    if (!result.refused) continue;
    files_.skip(i);
    if (result.already_loaded || !result.ingest_id) continue;
    withdrawn.push_back(*result.ingest_id);
    result.ingest_id.reset();
  }
  withdraw_ingests(connection_, withdrawn);
}

void Ingests::take_all(const ReportedRows& reported, const std::vector<RowNumbers>& rows) {
  std::vector<bool> is_reported(sources_.size());
  for (const FileReport& report : reported.files) {
    const auto file = files_.find(report.file);
    if (!file) disagree(report.file, "a report tells of this file and --source does not");
    is_reported[*file] = true;
    take(*file, report, rows[*file], reported.is_reshaped);
  }
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (!is_reported[i]) disagree(sources_[i].name, "no report tells of this file of --source");
    const auto twin = same_as_[i];
    if (twin && results_[*twin].refused && !results_[i].refused) {
      disagree(sources_[i].name, "was taken and " + sources_[*twin].name +
                                     ", which holds the same bytes, was refused");
    }
  }
}

void Ingests::take(std::size_t file, const FileReport& report, const RowNumbers& rows,
                   bool is_reshaped) {
  const std::string& name = sources_[file].name;
  const std::uint64_t came = rows.received + rows.skipped;
  if (!is_reshaped && report.rows.rows_out != came) {
    disagree(name, fmt::format("{} rows of this file passed sp-validate and sp-load received {}",
                               report.rows.rows_out, came));
  }
  results_[file].rows_read = report.rows.rows_in;
  results_[file].rows_left_out = report.rows.rows_left_out;
  results_[file].rows_passed = report.rows.rows_out;
  results_[file].refused = report.status != 0;
  if (report.status != 0 && came > 0) {
    disagree(name, fmt::format("the file was refused and {} of its rows came", came));
  }
  if (report.status == 0 && !sources_[file].is_there()) {
    throw Error(ExitCode::kNoInput, sources_[file].problem);
  }
}

void Ingests::finish(const ReportedRows& reported, const std::vector<RowNumbers>& rows,
                     const std::vector<RowFacts>& facts, const std::vector<int>& window_hours) {
  std::vector<IngestNumbers> all;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    FileResult& result = results_[i];
    result.rows = rows[i];
    if (result.already_loaded || result.refused) continue;
    if (sources_[i].file) sources_[i].file->require_unchanged();
    IngestNumbers numbers;
    numbers.ingest_id = *result.ingest_id;
    numbers.source = facts[i].source;
    numbers.schema_sha256 = reported.schema_sha256;
    numbers.rows_read = result.rows_read;
    numbers.rows_passed = result.rows_passed;
    numbers.rows_rejected = result.rows_rejected();
    numbers.rows = rows[i];
    numbers.window_hours = window_hours.empty() ? 0 : window_hours[i];
    numbers.times = facts[i].times;
    all.push_back(numbers);
  }
  if (!all.empty()) finish_ingests(connection_, all);
}

}  // namespace sp::load
