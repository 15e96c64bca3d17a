// How a file is packed, by its first bytes.
#pragma once

#include <string>
#include <string_view>

namespace sp {

enum class Packing { kNone, kGzip, kZstd, kXz, kBzip2 };

// Of a file that begins with `head`; `undecided` where more bytes are needed to know.
// Throws Error(kDataErr), which tells what to do, where `head` is that of a format that holds no
// text: an archive, a spreadsheet, Parquet and others. `name` is the file's, for the message.
Packing recognise_packing(const std::string& name, std::string_view head, bool& undecided);

// Whether what is packed so may begin with `bytes`, which are not empty and may be the first few.
bool may_begin(std::string_view bytes, Packing packing);

}  // namespace sp
