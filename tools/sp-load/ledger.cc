#include "ledger.h"

#include <cerrno>

#include "copy_encode.h"
#include "sp/diagnostic.h"
#include "sp/sha256.h"
#include "sp/timestamp.h"
#include "sp/tool.h"

namespace sp::load {
namespace {

struct stat stat_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) throw_errno("open", path, ExitCode::kNoInput);
  return info;
}

Param text_or_null(const std::string& text) { return text.empty() ? Param() : Param(text); }

Param time_or_null(const std::optional<std::int64_t>& micros) {
  if (!micros) return {};
  char text[kMaxTimestampText];
  return std::string(text, print_micros(*micros, text));
}

LedgerEntry insert_or_find(Connection& connection, const SourceFile& file) {
  const Param row[] = {file.sha256(), file.base_name(), std::to_string(file.size()), kVersion};
  const Result inserted = connection.run(
      "INSERT INTO sp.ingest (sha256, name, size_bytes, tool_version)"
      " VALUES ($1, $2, $3::bigint, $4) ON CONFLICT (sha256) DO NOTHING "
      "RETURNING ingest_id",
      row);
  if (inserted.rows() == 1) return {inserted.integer(0, 0), false, ""};
  const Param key[] = {file.sha256()};
  const Result found =
      connection.run("SELECT ingest_id, name FROM sp.ingest WHERE sha256 = $1", key);
  if (found.rows() != 1) {
    throw Error(ExitCode::kTempFail, "the ledger's row for this file vanished; try again");
  }
  return {found.integer(0, 0), true, found.string(0, 1)};
}

}  // namespace

SourceFile::SourceFile(std::string path)
    : path_(std::move(path)), info_(stat_of(path_)), sha256_(sha256_hex_of_file(path_)) {
  if (!S_ISREG(info_.st_mode)) {
    throw Error(ExitCode::kUsage, "--source must be a regular file: " + path_);
  }
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

std::string SourceFile::base_name() const {
  return replace_bad_text(std::string_view(path_).substr(path_.rfind('/') + 1));
}

LedgerEntry begin_ingest(Connection& connection, const SourceFile& file) {
  try {
    return insert_or_find(connection, file);
  } catch (const DatabaseError& error) {
    if (error.sqlstate != "42P01" && error.sqlstate != "3F000") throw;
    throw Error(ExitCode::kConfig,
                "--source needs the ledger sp.ingest, and it is not there; "
                "'sp-load --init' creates it");
  }
}

void finish_ingest(Connection& connection, std::int64_t ingest_id, const IngestNumbers& numbers) {
  const Param params[] = {
      std::to_string(ingest_id),           text_or_null(numbers.source),
      text_or_null(numbers.schema_sha256), std::to_string(numbers.rows_read),
      std::to_string(numbers.rows_valid),  std::to_string(numbers.rows_rejected),
      std::to_string(numbers.rows_loaded), std::to_string(numbers.rows_duplicate),
      time_or_null(numbers.first_micros),  time_or_null(numbers.last_micros)};
  connection.run("SELECT sp.finish_ingest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", params);
}

}  // namespace sp::load
