#include "sp-load/copy/copy_stream.h"

#include <fmt/format.h>

#include <string_view>

namespace sp::load {
namespace {

constexpr std::string_view kHeader{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
constexpr std::string_view kTrailer{"\377\377", 2};

}  // namespace

CopyStream::CopyStream(Connection& connection, std::string columns, CopyFormat format,
                       RowOrder order)
    : connection_(connection),
      columns_(std::move(columns)),
      format_(format),
      order_(std::move(order)),
      buffer_(kFlushSize + kFlushSize / 8) {}

CopyStream::~CopyStream() {
  if (!running_ || connection_.is_lost()) return;
  try {
    connection_.finish_copy("the input cannot be loaded");
  } catch (const DatabaseError&) {
    // That the server says so is what was asked for.
  }
}

void CopyStream::begin(const std::string& table, bool has_key) {
  connection_.run("COPY " + table + columns_ + " FROM STDIN" +
                  (format_ == CopyFormat::kBinary ? " WITH (FORMAT binary)" : ""));
  running_ = true;
  if (format_ == CopyFormat::kBinary) buffer_.append(kHeader);
  row_begin_ = buffer_.size();
  order_.restart(has_key);
}

void CopyStream::send_rows() {
  order_.arrange(buffer_);
  send();
}

void CopyStream::send() {
  const bool sent = connection_.send_copy_data(buffer_.view());
  buffer_.truncate(0);
  row_begin_ = 0;
  if (sent) return;
  running_ = false;
  connection_.finish_copy();  // throws the server's error
  throw Error(ExitCode::kSoftware, "the server ended COPY without an error");
}

void CopyStream::end() {
  order_.arrange(buffer_);
  if (format_ == CopyFormat::kBinary) buffer_.append(kTrailer);
  send();
  running_ = false;
  const Result result = connection_.finish_copy();
  if (result.affected() != rows_) {
    throw Error(ExitCode::kConfig,
                fmt::format("{} rows were sent and the server counted {}: a trigger of the table "
                            "leaves rows out; nothing is committed",
                            rows_, result.affected()));
  }
  confirmed_ += rows_;
  rows_ = 0;
}

}  // namespace sp::load
