// Writes a summary: final statistics, or with --partial the states that --merge reads.
#pragma once

#include "sp-aggregate/options.h"
#include "sp-aggregate/summary.h"
#include "sp/io/byte_sink.h"
#include "sp/table/record_writer.h"

namespace sp {

// The entries in their order, under a header, as `format` says. Numbers are the shortest text that
// reads back as the same value. Throws Error(kUsage) where two columns would have the same name.
void write_results(const Summary& summary, const AggregateOptions& options,
                   const WriteOptions& format, ByteSink& sink);

}  // namespace sp
