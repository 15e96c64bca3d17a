// An input that can be read more than once: a regular file is opened again, a stream (standard
// input, a FIFO) is kept while it is read for the first time.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "sp-load/copy/replay_buffer.h"
#include "sp/io/byte_source.h"
#include "sp/table/record_reader.h"

namespace sp::load {

class Input {
 public:
  // `name` is a path, or "-" for standard input, which errors then call `stream_name`.
  Input(std::string name, const ReadOptions& read, const SourceOptions& source,
        std::string stream_name = "-");
  ~Input();

  const std::string& name() const { return name_; }
  // A reader from the first byte on. Only the last reader may be used, and not beyond the input.
  std::unique_ptr<RecordReader> open();
  // Reads a stream and keeps it, until its end, until `is_enough` or as much as memory keeps of it,
  // so that its writer can go on; does nothing for a regular file.
  void keep_until(const std::function<bool()>& is_enough);
  // Whether a stream was read to its end; false of a regular file.
  bool has_ended() const { return live_ended_; }
  // Reads a stream to its end and keeps nothing, so that the writer's end is not an error; does
  // nothing for a regular file. No reader may be used afterwards.
  void drain();

 private:
  class Replay;
  std::unique_ptr<ByteSource> open_bytes();
  std::size_t read_live(char* buffer, std::size_t capacity);
  std::string name_, shown_name_;
  ReadOptions read_options_;
  SourceOptions source_options_;
  bool is_stream_ = false;
  std::unique_ptr<ByteSource> live_;  // of a stream, once it was opened
  bool live_ended_ = false;
  ReplayBuffer kept_;
};

}  // namespace sp::load
