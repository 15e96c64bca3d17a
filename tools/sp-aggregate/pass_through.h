// Hands the input's rows on to standard output: byte for byte where the output's format is the
// input's, in a dialect that any reader understands.
#pragma once

#include <memory>
#include <vector>

#include "sp/io/byte_sink.h"
#include "sp/stream/stream_options.h"
#include "sp/table/record_reader.h"
#include "sp/table/record_writer.h"

namespace sp {

class PassThrough {
 public:
  // `sink` and `options` must outlive it.
  PassThrough(ByteSink& sink, const StreamOptions& options)
      : sink_(sink), options_(options), run_(sink) {}
  // Begins an input. The first one's header is written and flushed at once; the others must have
  // the same columns, or Error(kDataErr) is thrown.
  void bind(RecordReader& reader);
  void pass(const Record& record) {
    if (verbatim_) return run_.pass(record);
    write(record);
  }

 private:
  void write(const Record& record);

  ByteSink& sink_;
  const StreamOptions& options_;
  RowRun run_;
  bool verbatim_ = false;
  bool has_header_ = false;
  Columns columns_;
  WriteOptions format_;
  std::unique_ptr<RecordWriter> writer_;  // where rows are written anew
  std::vector<Cell> cells_;
};

}  // namespace sp
