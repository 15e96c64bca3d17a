#include "sp-load/ledger/ledger.h"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <map>
#include <memory>

#include "sp-load/copy/copy_encode.h"
#include "sp-load/db/array_literal.h"
#include "sp/base/diagnostic.h"
#include "sp/base/json_text.h"
#include "sp/base/path_name.h"
#include "sp/base/version.h"
#include "sp/time/rfc3339_text.h"
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

using Entries = std::map<std::string, LedgerEntry>;  // by digest

// What identifies sources, as arrays of SQL.
struct Identities {
  std::vector<std::string> digests, keys, names, sizes, times;
  void add(const SourceIdentity& source) {
    digests.push_back(source.digest);
    keys.push_back(source.key);
    names.push_back(source.name);
    sizes.push_back(source.size);
    times.push_back(source.taken_at);
  }
};

void insert(Connection& connection, const std::vector<SourceIdentity>& sources, Entries& entries) {
  Identities of;
  for (const SourceIdentity& source : sources) of.add(source);
  const Param rows[] = {array_literal(of.digests), array_literal(of.keys),  array_literal(of.names),
                        array_literal(of.sizes),   array_literal(of.times), kVersion};
  const Result inserted = connection.run(
      "INSERT INTO sp.ingest (digest, key, name, size_bytes, taken_at, tool_version)"
      " SELECT decode(digest, 'hex'), key, name, size_bytes, taken_at, $6"
      " FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[])"
      " AS source(digest, key, name, size_bytes, taken_at)"
      " ORDER BY 1 ON CONFLICT (digest) DO NOTHING RETURNING encode(digest, 'hex'), ingest_id",
      rows);
  for (int i = 0; i < inserted.rows(); ++i) {
    entries[inserted.string(i, 0)].ingest_id = inserted.integer(i, 1);
  }
}

void find(Connection& connection, const std::vector<SourceIdentity>& sources, Entries& entries) {
  Identities of;
  for (const SourceIdentity& source : sources) {
    if (!entries.contains(source.digest)) of.add(source);
  }
  if (of.digests.empty()) return;
  const Param wanted[] = {array_literal(of.digests), array_literal(of.names),
                          array_literal(of.times)};
  const Result found = connection.run(
      "SELECT source.digest, ingest_id, i.name, coalesce(encode(schema_digest, 'hex'), ''),"
      " rows_loaded, rows_known, rows_rejected,"
      " (i.name, i.taken_at) = (source.name, source.taken_at), rows_received = 0 AND rows_read > 0"
      " FROM sp.ingest i"
      " JOIN unnest($1::text[], $2::text[], $3::timestamptz[]) AS source(digest, name, taken_at)"
      " ON i.digest = decode(source.digest, 'hex')",
      wanted);
  const auto count = [&](int row, int column) {
    return static_cast<std::uint64_t>(found.integer(row, column));
  };
  for (int i = 0; i < found.rows(); ++i) {
    entries[found.string(i, 0)] = {
        found.integer(i, 1), true,        found.string(i, 2), found.string(i, 3), count(i, 4),
        count(i, 5),         count(i, 6), found.truth(i, 7),  found.truth(i, 8)};
  }
}

// Begins anew where a load in vain is there, by another schema.
void begin_again(Connection& connection, const std::vector<SourceIdentity>& sources,
                 const std::string& schema_sha256, Entries& entries) {
  std::vector<std::string> digests;
  for (const auto& [digest, entry] : entries) {
    if (entry.is_in_vain && entry.schema_sha256 != schema_sha256) digests.push_back(digest);
  }
  if (digests.empty() || schema_sha256.empty()) return;
  const Param wanted[] = {array_literal(digests), schema_sha256};
  const Result found = connection.run(
      "SELECT encode(digest, 'hex'), ingest_id FROM sp.forget_in_vain("
      "ARRAY(SELECT decode(digest, 'hex') FROM unnest($1::text[]) AS digest), decode($2, 'hex'))",
      wanted);
  std::map<std::string, std::int64_t> forgotten;
  for (int i = 0; i < found.rows(); ++i) forgotten[found.string(i, 0)] = found.integer(i, 1);
  std::vector<SourceIdentity> again;
  for (const SourceIdentity& source : sources) {
    if (forgotten.contains(source.digest)) again.push_back(source);
  }
  // Of the others somebody has loaded the bytes meanwhile.
  for (const std::string& digest : digests) entries.erase(digest);
  insert(connection, again, entries);
  find(connection, sources, entries);
  for (const auto& [digest, ingest_id] : forgotten) entries[digest].instead_of = ingest_id;
}

constexpr const char* kNoLedger =
    "--source needs the ledger sp.ingest, and it is not there; 'sp-load --init' creates it";
constexpr const char* kOldLedger =
    "the ledger sp.ingest is of another edition than this sp-load; see 'sp-load --init'";

[[noreturn]] void rethrow_if_missing(const DatabaseError& error, const char* what) {
  constexpr const char* kNoFunction = "42883";
  constexpr const char* kNoTable = "42P01";
  constexpr const char* kNoSchema = "3F000";
  constexpr const char* kNoColumn = "42703";
  if (error.sqlstate == kNoColumn) what = kOldLedger;
  if (error.sqlstate != kNoFunction && error.sqlstate != kNoTable && error.sqlstate != kNoSchema &&
      error.sqlstate != kNoColumn) {
    throw error;
  }
  throw Error(ExitCode::kConfig, what);
}

}  // namespace

SourceFile::SourceFile(std::string path, Reading when)
    : path_(std::move(path)), info_(stat_of(path_)) {
  if (S_ISDIR(info_.st_mode)) {
    errno = EISDIR;
    throw_errno("read", path_, ExitCode::kNoInput);
  }
  if (!S_ISREG(info_.st_mode)) {
    throw Error(ExitCode::kUsage, "--source must be a regular file: " + path_);
  }
  const auto file = std::make_shared<FileReading>(path_);
  const bool is_large = size() >= kLarge;
  const bool is_beside = is_large && when == Reading::kBeside;
  const auto policy = is_beside ? std::launch::async : std::launch::deferred;
  digests_ = std::async(policy, [file] { return file->digests(); }).share();
  if (!is_large) digests_.wait();
  end_ = std::shared_ptr<void>(nullptr, [file](void*) { file->stop(); });
}

bool SourceFile::is_summed_up() const {
  return digests_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
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

std::string SourceFile::taken_at() const {
  return rfc3339_micros(std::int64_t{info_.st_ctim.tv_sec} * 1'000'000 +
                        info_.st_ctim.tv_nsec / 1000);
}

std::set<std::uint64_t> sizes_known(Connection& connection,
                                    const std::vector<const SourceFile*>& files) {
  std::vector<std::string> sizes;
  sizes.reserve(files.size());
  for (const SourceFile* file : files) sizes.push_back(std::to_string(file->size()));
  const Param wanted[] = {array_literal(sizes)};
  try {
    const Result found = connection.run(
        "SELECT DISTINCT size_bytes FROM sp.ingest WHERE size_bytes = ANY ($1::bigint[])", wanted);
    std::set<std::uint64_t> out;
    for (int i = 0; i < found.rows(); ++i) {
      out.insert(static_cast<std::uint64_t>(found.integer(i, 0)));
    }
    return out;
  } catch (const DatabaseError& error) {
    rethrow_if_missing(error, kNoLedger);
  }
}

std::vector<LedgerEntry> begin_ingests(Connection& connection,
                                       const std::vector<SourceIdentity>& sources,
                                       const std::string& schema_sha256) {
  Entries entries;
  try {
    insert(connection, sources, entries);
    find(connection, sources, entries);
    begin_again(connection, sources, schema_sha256, entries);
  } catch (const DatabaseError& error) {
    rethrow_if_missing(error, kNoLedger);
  }
  std::vector<LedgerEntry> out;
  for (const SourceIdentity& source : sources) {
    const auto entry = entries.find(source.digest);
    if (entry == entries.end()) {
      throw Error(ExitCode::kTempFail, "the ledger's row for this file vanished; try again",
                  {source.name, 0, 0, ""});
    }
    out.push_back(entry->second);
  }
  return out;
}

void finish_ingests(Connection& connection, const std::vector<IngestNumbers>& numbers) {
  JsonArray loads;
  for (const IngestNumbers& n : numbers) {
    JsonObject load;
    load.add("ingest_id", n.ingest_id);
    if (n.window_hours > 0) load.add("window_hours", n.window_hours);
    if (!n.source.empty()) load.add("source", n.source);
    if (!n.schema_sha256.empty()) load.add("schema_digest", "\\x" + n.schema_sha256);
    load.add("rows_read", n.rows_read)
        .add("rows_rejected", n.rows_rejected)
        .add("rows_left_out", n.rows_read - n.rows_rejected - n.rows_passed)
        .add("rows_passed", n.rows_passed)
        .add("rows_received", n.rows.received)
        .add("rows_loaded", n.rows.loaded)
        .add("rows_completed", n.rows.completed)
        .add("rows_known", n.rows.known)
        .add("rows_kept_out", n.rows.kept_out)
        .add("rows_replaced", n.rows.replaced)
        .add("rows_expired", n.rows.expired);
    if (n.times.first) load.add("first_ts", time_text(n.times.first));
    if (n.times.last) load.add("last_ts", time_text(n.times.last));
    loads.add(load);
  }
  const Param params[] = {loads.str()};
  try {
    connection.run("SELECT sp.finish_ingests($1::jsonb)", params);
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
    connection.run("SELECT sp.withdraw_ingest(id) FROM unnest($1::integer[]) AS id", params);
  } catch (const DatabaseError& error) {
    rethrow_if_missing(error, kOldLedger);
  }
}

}  // namespace sp::load
