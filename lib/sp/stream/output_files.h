// What a run may write to: not its own inputs, and no file twice. A tool asks before it opens or
// reads anything.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sp/stream/stream_options.h"

namespace sp {

struct OutputFile {
  const char* flag;         // that named it
  const std::string& path;  // empty: not wanted; "-": standard output
};

// Whether two names are one file, also through links and other spellings. Devices and pipes may be
// shared.
bool is_same_file(const std::string& a, const std::string& b);

// Throws Error(kUsage) where an output would write over one of `inputs` ("" is none, "-" standard
// input) or over what standard output goes to, or where two outputs are one file.
void check_output_files(std::span<const OutputFile> outputs,
                        const std::vector<std::string>& inputs);
// The same, where the inputs are the files of `stream` (none: standard input) and its schema.
void check_output_files(std::span<const OutputFile> outputs, const StreamOptions& stream);

}  // namespace sp
