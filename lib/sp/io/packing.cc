#include "sp/io/packing.h"

#include <algorithm>

#include "sp/base/diagnostic.h"
#include "sp/base/digits.h"

namespace sp {
namespace {

struct Magic {
  std::string_view bytes;  // '?' stands for a digit
  Packing packing;
};

// Bytes of value zero are part of some.
template <std::size_t kSize>
constexpr std::string_view magic(const char (&bytes)[kSize]) {
  return {bytes, kSize - 1};
}

constexpr Magic kPackings[] = {
    {"\x1f\x8b", Packing::kGzip},           {"\x28\xb5\x2f\xfd", Packing::kZstd},
    {magic("\xfd\x37zXZ\0"), Packing::kXz}, {"BZh?1AY&SY", Packing::kBzip2},
    {"BZh?\x17rE8P\x90", Packing::kBzip2},  // of nothing
};

// What is not unpacked here, but told from damaged text.
struct ForeignFormat {
  std::string_view magic;
  const char* name;
  const char* advice;
};

constexpr const char* kSheetAdvice =
    "write its sheet as CSV, as libreoffice --convert-to csv does, or take a file out of it with "
    "unzip -p";
constexpr const char* kUnpackAdvice = "unpack it, or pack it with gzip, zstd, xz or bzip2 instead";

constexpr ForeignFormat kForeignFormats[] = {
    {"PK\x03\x04", "a zip archive, as .xlsx and .ods are too", kSheetAdvice},
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a file of Microsoft Office, such as .xls",
     "write its sheet as CSV, as libreoffice --convert-to csv does"},
    // A column may be named PAR1: after the magic comes the header of a page.
    {"PAR1\x15", "Apache Parquet",
     "convert it, as duckdb -csv -c \"FROM 'FILE'\" does, and read that from a pipe"},
    {magic("ARROW1\0\0"), "Apache Arrow (Feather)",
     "convert it, as pyarrow.csv.write_csv does, and read that from a pipe"},
    {"\x89HDF\r\n\x1a\n", "HDF5, as netCDF-4 is too", "write its variables as CSV, as ncks does"},
    {"CDF\x01", "netCDF", "write its variables as CSV, as ncks does"},
    {"CDF\x02", "netCDF", "write its variables as CSV, as ncks does"},
    {magic("SQLite format 3\0"), "a database of SQLite",
     "read from sqlite3 -csv -header FILE 'SELECT ...'"},
    {"7z\xbc\xaf\x27\x1c", "a 7z archive", kUnpackAdvice},
    {"\x04\x22\x4d\x18", "compressed by lz4", kUnpackAdvice},
    // What xz --format=lzma writes: properties, a dictionary of 2^n bytes, no size.
    {magic("\x5d\0\0"), "compressed by lzma, the format before xz (.lzma)", kUnpackAdvice},
};

constexpr std::string_view kSkippableTail = "\x2a\x4d\x18";  // of Zstandard, after 0x5?

// As far as both go.
bool agree(std::string_view bytes, std::string_view magic) {
  for (std::size_t i = 0; i < std::min(bytes.size(), magic.size()); ++i) {
    if (bytes[i] != magic[i] && (magic[i] != '?' || !digits::is_digit(bytes[i]))) return false;
  }
  return true;
}

bool may_be_skippable(std::string_view bytes) {
  return (bytes[0] & 0xf0) == 0x50 && agree(bytes.substr(1), kSkippableTail);
}

}  // namespace

Packing recognise_packing(const std::string& name, std::string_view head, bool& undecided) {
  undecided = false;
  const auto matches = [&](std::string_view bytes, std::string_view magic) {
    if (!agree(bytes, magic)) return false;
    if (bytes.size() < magic.size()) undecided = true;
    return bytes.size() >= magic.size();
  };
  for (const Magic& magic : kPackings) {
    if (matches(head, magic.bytes)) return magic.packing;
  }
  if (!head.empty() && may_be_skippable(head) && matches(head.substr(1), kSkippableTail)) {
    return Packing::kZstd;
  }
  for (const ForeignFormat& format : kForeignFormats) {
    if (!matches(head, format.magic)) continue;
    throw Error(ExitCode::kDataErr, std::string("is ") + format.name + "; " + format.advice,
                {name, 0, 0, ""});
  }
  return Packing::kNone;
}

bool may_begin(std::string_view bytes, Packing packing) {
  if (packing == Packing::kZstd && may_be_skippable(bytes)) return true;
  return std::any_of(std::begin(kPackings), std::end(kPackings), [&](const Magic& magic) {
    return magic.packing == packing && agree(bytes, magic.bytes);
  });
}

}  // namespace sp
