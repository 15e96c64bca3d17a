// Files that are read and written as a whole: schemas, reports.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sp {

// The bytes of `path`, unpacked as byte_source.h says. Nothing where they are more than `most`.
// Throws Error(kNoInput) where it cannot be opened, Error(kIoErr) where it cannot be read.
std::optional<std::string> read_file(const std::string& path, std::size_t most);

// Writes `bytes` under a temporary name beside `path`, syncs them and renames the file into place:
// a crash leaves the old file or the new one. What is there and is no file (a terminal, a pipe,
// /dev/null) is written to instead. Throws Error(kIoErr).
void write_file(const std::string& path, std::string_view bytes);

}  // namespace sp
