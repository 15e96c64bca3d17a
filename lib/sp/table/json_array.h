// A JSON array of objects, [{...},{...}], read as if each stood on a line of its own.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "sp/io/byte_source.h"

namespace sp {

// What the beginning of an input tells; `kUndecided` wants more of it. An array is a bracket with
// an object in it, or nothing: "[time],[value]" is a header of CSV.
enum class ArrayBegin { kArray, kNoArray, kUndecided };
ArrayBegin is_json_array(std::string_view beginning);

// The items, one a line (NDJSON), in constant memory; `head` are bytes that were read from `source`
// already. An item that begins on a line of the file of its own is on the line of that number.
// Reading throws Error(kDataErr) where the array is not closed, or something follows it.
std::unique_ptr<ByteSource> items_of_array(std::unique_ptr<ByteSource> source, std::string head);

}  // namespace sp
