#include "sp-load/ledger/ledger.h"

#include <fmt/format.h>

#include <cerrno>
#include <map>
#include <memory>

#include "sp-load/copy/copy_encode.h"
#include "sp-load/db/array_literal.h"
#include "sp/base/diagnostic.h"
#include "sp/base/path_name.h"
#include "sp/base/version.h"
#include "sp/time/timestamp.h"

namespace sp::load {
namespace {

constexpr std::uint64_t kLarge = 4 << 20;  // bytes: read beside what comes next

struct stat stat_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) throw_errno("open", path, ExitCode::kNoInput);
  return info;
}

std::string time_text(const std::optional<std::int64_t>& micros) {
  if (!micros) return "";
  char text[kMaxTimestampText];
  return std::string(text, print_micros(*micros, text));
}

using Entries = std::map<std::string, LedgerEntry>;  // by hash

void insert(Connection& connection, const std::vector<const SourceFile*>& files, Entries& entries) {
  std::vector<std::string> hashes, names, sizes;
  for (const SourceFile* file : files) {
    hashes.push_back(file->sha256());
    names.push_back(file->base_name());
    sizes.push_back(std::to_string(file->size()));
  }
  const Param rows[] = {array_literal(hashes), array_literal(names), array_literal(sizes),
                        kVersion};
  const Result inserted = connection.run(
      "INSERT INTO sp.ingest (sha256, name, size_bytes, tool_version)"
      " SELECT sha256, name, size_bytes, $4"
      " FROM unnest($1::text[], $2::text[], $3::bigint[]) AS file(sha256, name, size_bytes)"
      " ORDER BY sha256 COLLATE \"C\" ON CONFLICT (sha256) DO NOTHING RETURNING sha256, ingest_id",
      rows);
  for (int i = 0; i < inserted.rows(); ++i) {
    entries[inserted.string(i, 0)] = {inserted.integer(i, 1), false, "", 0};
  }
}

void find(Connection& connection, const std::vector<const SourceFile*>& files, Entries& entries) {
  std::vector<std::string> hashes;
  for (const SourceFile* file : files) {
    if (!entries.contains(file->sha256())) hashes.push_back(file->sha256());
  }
  if (hashes.empty()) return;
  const Param wanted[] = {array_literal(hashes)};
  const Result found = connection.run(
      "SELECT sha256, ingest_id, name, rows_rejected FROM sp.ingest WHERE sha256 = ANY($1::text[])",
      wanted);
  for (int i = 0; i < found.rows(); ++i) {
    entries[found.string(i, 0)] = {found.integer(i, 1), true, found.string(i, 2),
                                   static_cast<std::uint64_t>(found.integer(i, 3))};
  }
}

[[noreturn]] void rethrow_if_missing(const DatabaseError& error, const char* what) {
  constexpr const char* kNoFunction = "42883";
  constexpr const char* kNoTable = "42P01";
  constexpr const char* kNoSchema = "3F000";
  if (error.sqlstate != kNoFunction && error.sqlstate != kNoTable && error.sqlstate != kNoSchema) {
    throw error;
  }
  throw Error(ExitCode::kConfig, what);
}

constexpr const char* kOldLedger =
    "the ledger sp.ingest is older than this sp-load; 'sp-load --init' brings it up to date";

}  // namespace

SourceFile::SourceFile(std::string path) : path_(std::move(path)), info_(stat_of(path_)) {
  if (S_ISDIR(info_.st_mode)) {
    errno = EISDIR;
    throw_errno("read", path_, ExitCode::kNoInput);
  }
  if (!S_ISREG(info_.st_mode)) {
    throw Error(ExitCode::kUsage, "--source must be a regular file: " + path_);
  }
  const auto file = std::make_shared<FileReading>(path_);
  const auto when = size() < kLarge ? std::launch::deferred : std::launch::async;
  digests_ = std::async(when, [file] { return file->digests(); }).share();
  if (when == std::launch::deferred) digests_.wait();
}

void SourceFile::require_unchanged() const {
  const struct stat now = stat_of(path_);
  if (now.st_size == info_.st_size && now.st_ino == info_.st_ino && now.st_dev == info_.st_dev &&
      now.st_mtim.tv_sec == info_.st_mtim.tv_sec && now.st_mtim.tv_nsec == info_.st_mtim.tv_nsec) {
    return;
  }
  throw Error(ExitCode::kTempFail, "the file changed while it was loaded; nothing is committed",
              {path_, 0, 0, ""});
}

std::string SourceFile::base_name() const { return replace_bad_text(sp::base_name(path_)); }

std::vector<LedgerEntry> begin_ingests(Connection& connection,
                                       const std::vector<const SourceFile*>& files) {
  Entries entries;
  try {
    insert(connection, files, entries);
    find(connection, files, entries);
  } catch (const DatabaseError& error) {
    rethrow_if_missing(error,
                       "--source needs the ledger sp.ingest, and it is not there; "
                       "'sp-load --init' creates it");
  }
  std::vector<LedgerEntry> out;
  for (const SourceFile* file : files) {
    const auto entry = entries.find(file->sha256());
    if (entry == entries.end()) {
      throw Error(ExitCode::kTempFail, "the ledger's row for this file vanished; try again",
                  {file->base_name(), 0, 0, ""});
    }
    out.push_back(entry->second);
  }
  return out;
}

// One column of the numbers after the other, as arrays.
void finish_ingests(Connection& connection, const std::vector<IngestNumbers>& numbers) {
  constexpr std::size_t kColumns = 11;
  std::vector<std::string> columns[kColumns];
  for (const IngestNumbers& n : numbers) {
    const std::string row[kColumns] = {std::to_string(n.ingest_id),
                                       n.source,
                                       n.schema_sha256,
                                       std::to_string(n.rows_read),
                                       std::to_string(n.rows_valid),
                                       std::to_string(n.rows_rejected),
                                       std::to_string(n.rows_loaded),
                                       std::to_string(n.rows_duplicate),
                                       std::to_string(n.rows_conflict),
                                       time_text(n.times.first),
                                       time_text(n.times.last)};
    for (std::size_t i = 0; i < kColumns; ++i) columns[i].push_back(row[i]);
  }
  std::vector<Param> params;
  for (const auto& column : columns) params.emplace_back(array_literal(column));
  try {
    connection.run(
        "SELECT sp.finish_ingest(a, b, c, d, e, f, g, h, i, j, k)"
        " FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[],"
        " $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::timestamptz[],"
        " $11::timestamptz[]) AS n(a, b, c, d, e, f, g, h, i, j, k)",
        params);
  } catch (const DatabaseError& error) {
    rethrow_if_missing(error, kOldLedger);
  }
}

void withdraw_ingests(Connection& connection, const std::vector<std::int64_t>& ingest_ids) {
  if (ingest_ids.empty()) return;
  std::vector<std::string> texts;
  texts.reserve(ingest_ids.size());
  for (const std::int64_t id : ingest_ids) texts.push_back(std::to_string(id));
  const Param params[] = {array_literal(texts)};
  try {
    connection.run("SELECT sp.withdraw_ingest(id) FROM unnest($1::bigint[]) AS id", params);
  } catch (const DatabaseError& error) {
    rethrow_if_missing(error, kOldLedger);
  }
}

}  // namespace sp::load
