// Bytes unpacked on their way in.
#pragma once

#include <cstdint>
#include <memory>

#include "sp/io/byte_source.h"
#include "sp/io/packing.h"

namespace sp {

// What `packed` holds; streams may follow one another, as each of the formats allows. `packing` is
// not kNone. read() throws Error(kDataErr) where a stream is damaged or truncated, and where more
// than `limit` bytes come out of it (0 is no limit).
std::unique_ptr<ByteSource> unpack(std::unique_ptr<ByteSource> packed, Packing packing,
                                   std::uint64_t limit);

}  // namespace sp
