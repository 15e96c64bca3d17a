// Text encodings other than UTF-8, turned into UTF-8 on the way in (iconv).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "sp/io/byte_source.h"

namespace sp {

// "UTF-16LE" or "UTF-16BE" where `head`, the first bytes of an input, is such a byte-order mark;
// else
// "". (UTF-8's mark is the reader's to skip.)
std::string encoding_of_mark(std::string_view head);

// Hands out `source`'s bytes, after those of `head` that were read from it already, as UTF-8.
// `encoding` is a name that iconv knows ("ISO-8859-1", "WINDOWS-1252", "UTF-16"). Throws
// Error(kUsage) for a name that it does not know; read() throws Error(kDataErr) that names the
// bytes and their offset where they are none of that encoding.
std::unique_ptr<ByteSource> decode_source(std::unique_ptr<ByteSource> source, std::string head,
                                          const std::string& encoding);

}  // namespace sp
