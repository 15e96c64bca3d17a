#include "copy_stream.h"

#include <fmt/format.h>

#include <string_view>

namespace sp::load {
namespace {

constexpr std::string_view kHeader{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
constexpr std::string_view kTrailer{"\377\377", 2};

}  // namespace

CopyStream::CopyStream(Connection &connection, const std::string &into, CopyFormat format)
    : connection_(connection),
      command_("COPY " + into + " FROM STDIN" +
               (format == CopyFormat::kBinary ? " WITH (FORMAT binary)" : "")),
      format_(format),
      buffer_(kFlushSize + kFlushSize / 8) {}

CopyStream::~CopyStream() {
  if (!running_ || PQstatus(connection_.get()) != CONNECTION_OK) return;
  PQputCopyEnd(connection_.get(), "the input cannot be loaded");
  while (PGresult *result = PQgetResult(connection_.get())) PQclear(result);
}

void CopyStream::begin() {
  connection_.run(command_);
  running_ = true;
  if (format_ == CopyFormat::kBinary) buffer_.append(kHeader);
}

void CopyStream::send() {
  const std::string_view bytes = buffer_.view();
  if (PQputCopyData(connection_.get(), bytes.data(), static_cast<int>(bytes.size())) != 1) {
    fail_with_server_error();
  }
  buffer_.truncate(0);
}

// The server ended the COPY by itself: its error is the next result.
void CopyStream::fail_with_server_error() {
  running_ = false;
  const DatabaseError lost = connection_.error();
  const Result result(PQgetResult(connection_.get()));
  if (result.get() == nullptr) throw lost;
  fail_with(result);
}

// Leaves the connection ready for a ROLLBACK.
void CopyStream::fail_with(const Result &result) {
  const DatabaseError error = connection_.error_of(result.get());
  if (!error.connection_lost) {
    while (PGresult *rest = PQgetResult(connection_.get())) PQclear(rest);
  }
  throw error;
}

void CopyStream::end() {
  if (format_ == CopyFormat::kBinary) buffer_.append(kTrailer);
  send();
  if (PQputCopyEnd(connection_.get(), nullptr) != 1) fail_with_server_error();
  running_ = false;
  const Result result(PQgetResult(connection_.get()));
  if (result.get() == nullptr) throw connection_.error();
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) fail_with(result);
  while (PGresult *rest = PQgetResult(connection_.get())) PQclear(rest);
  if (result.affected() != rows_) {
    throw Error(ExitCode::kSoftware,
                fmt::format("{} rows were sent and the server counted {}; nothing is committed",
                            rows_, result.affected()));
  }
  confirmed_ += rows_;
  rows_ = 0;
}

}  // namespace sp::load
