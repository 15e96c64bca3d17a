// One COPY ... FROM STDIN: rows in, and the server's count compared with ours at the end.
#pragma once

#include <cstdint>
#include <string>

#include "connection.h"
#include "copy_buffer.h"
#include "row_encoder.h"

namespace sp::load {

class CopyStream {
 public:
  // `into` is a quoted table with its list of columns.
  CopyStream(Connection& connection, const std::string& into, CopyFormat format);
  // Tells the server to forget a COPY that was not ended.
  ~CopyStream();
  CopyStream(const CopyStream&) = delete;
  CopyStream& operator=(const CopyStream&) = delete;

  void begin();
  bool running() const { return running_; }
  // Rows are appended here, each followed by a call of row_done().
  CopyBuffer& buffer() { return buffer_; }
  void row_done() {
    ++rows_;
    if (buffer_.size() >= kFlushSize) send();
  }
  // Sends what is left and waits for the server. Throws DatabaseError, and Error(kConfig) where the
  // server counted other rows than were sent: a trigger left some out.
  void end();
  // Rows of all COPYs that ended so far: the row of the next COPY's line 1 is one more.
  std::uint64_t confirmed() const { return confirmed_; }

  static constexpr std::size_t kFlushSize = std::size_t{256} << 10;

 private:
  void send();
  Connection& connection_;
  std::string command_;
  CopyFormat format_;
  CopyBuffer buffer_;
  bool running_ = false;
  std::uint64_t rows_ = 0;
  std::uint64_t confirmed_ = 0;
};

}  // namespace sp::load
