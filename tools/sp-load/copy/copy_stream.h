// One COPY ... FROM STDIN: rows in, and the server's count compared with ours at the end.
#pragma once

#include <cstdint>
#include <string>

#include "sp-load/copy/copy_buffer.h"
#include "sp-load/copy/row_encoder.h"
#include "sp-load/copy/row_order.h"
#include "sp-load/db/connection.h"

namespace sp::load {

class CopyStream {
 public:
  // `columns` is the list of a table's columns, in parentheses.
  CopyStream(Connection& connection, std::string columns, CopyFormat format, RowOrder order = {});
  // Tells the server to forget a COPY that was not ended.
  ~CopyStream();
  CopyStream(const CopyStream&) = delete;
  CopyStream& operator=(const CopyStream&) = delete;

  // `table` is quoted. One that has no key yet needs no order of its rows.
  void begin(const std::string& table, bool has_key = true);
  bool running() const { return running_; }
  // Rows are appended here, each followed by a call of row_done().
  CopyBuffer& buffer() { return buffer_; }
  void row_done() {
    ++rows_;
    order_.add(buffer_, row_begin_);
    row_begin_ = buffer_.size();
    if (buffer_.size() >= kFlushSize) send_rows();
  }
  // Sends what is left and waits for the server. Throws DatabaseError, and Error(kConfig) where the
  // server counted other rows than were sent: a trigger left some out.
  void end();
  // Rows of all COPYs that ended so far: the row of the next COPY's line 1 is one more.
  std::uint64_t confirmed() const { return confirmed_; }

  // Which of the rows of this COPY, from 1, the server calls this line; 0 where that is not known.
  std::uint64_t row_of_line(std::uint64_t line) const { return order_.row_of_line(line); }

  static constexpr std::size_t kFlushSize = std::size_t{1} << 19;

 private:
  void send_rows();
  void send();
  Connection& connection_;
  std::string columns_;
  CopyFormat format_;
  RowOrder order_;
  CopyBuffer buffer_;
  std::size_t row_begin_ = 0;  // where the next row begins in it
  bool running_ = false;
  std::uint64_t rows_ = 0;
  std::uint64_t confirmed_ = 0;
};

}  // namespace sp::load
