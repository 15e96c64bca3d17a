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
// /dev/null), and what an open descriptor writes to (/dev/stdout), is written to instead, unless
// another user has put it there. Throws Error(kIoErr).
void write_file(const std::string& path, std::string_view bytes);

// Appends `bytes` to `path`, which is made where it is not there; a link is not followed. Throws
// Error(kIoErr).
void append_to_file(const std::string& path, std::string_view bytes);

// Removes the file of an earlier run, also where a link of the user's own leads to it. What is no
// file stays, but for a link or a FIFO that another user has put there: it is removed itself.
// Throws Error(kIoErr).
void discard_file(const std::string& path);

}  // namespace sp
