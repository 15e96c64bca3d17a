#include "sp/table/formats.h"

#include <strings.h>

#include <string>
#include <string_view>

#include "sp/io/text_encoding.h"
#include "sp/table/csv_reader.h"
#include "sp/table/csv_writer.h"
#include "sp/table/json_array.h"
#include "sp/table/ndjson_reader.h"
#include "sp/table/ndjson_writer.h"

namespace sp {
namespace {

constexpr std::size_t kHeadBytes = 64 * 1024;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kWhiteSpace = " \t\r\n";

bool is_utf8(const std::string& encoding) {
  return ::strcasecmp(encoding.c_str(), "UTF-8") == 0 ||
         ::strcasecmp(encoding.c_str(), "UTF8") == 0;
}

// Appends what one read gives; false at the end.
bool read_some(ByteSource& source, std::string& head) {
  const std::size_t size = head.size();
  head.resize(size + kHeadBytes);
  const std::size_t n = source.read(head.data() + size, kHeadBytes);
  head.resize(size + n);
  return n != 0;
}

// Reads into `head` until the first byte that is not white space, and looks at it.
Format recognise(ByteSource& source, std::string& head, const ReadOptions& options) {
  std::size_t at = 0;
  for (bool more = true; more;
       more = head.size() <= options.max_row_bytes && read_some(source, head)) {
    if (head.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(head)) continue;
    if (at == 0 && head.starts_with(kByteOrderMark)) at = kByteOrderMark.size();
    at = head.find_first_not_of(kWhiteSpace, at);
    if (at != std::string::npos) return head[at] == '{' ? Format::kNdjson : Format::kCsv;
    at = head.size();
  }
  return head.empty() ? options.of_nothing : Format::kCsv;
}

bool is_array(ByteSource& source, std::string& head, const ReadOptions& options) {
  for (;;) {
    std::string_view text = head;
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    const ArrayBegin begin = is_json_array(text);
    if (begin != ArrayBegin::kUndecided) return begin == ArrayBegin::kArray;
    if (head.size() > options.max_row_bytes || !read_some(source, head)) return false;
  }
}

}  // namespace

std::unique_ptr<RecordReader> open_reader(std::unique_ptr<ByteSource> source,
                                          const ReadOptions& options) {
  std::string head;
  ReadOptions known = options;
  while (head.size() < kByteOrderMark.size() && read_some(*source, head)) continue;
  if (known.encoding.empty()) known.encoding = encoding_of_mark(head);
  if (is_utf8(known.encoding)) known.encoding.clear();
  if (!known.encoding.empty() && !head.starts_with(kByteOrderMark)) {
    source = decode_source(std::move(source), std::move(head), known.encoding);
    head.clear();
  }
  if (known.from == Format::kAuto) {
    known.from = recognise(*source, head, options);
    known.guess_delimiter = true;
  }
  const bool may_be_array = options.from == Format::kAuto || options.from == Format::kNdjson;
  if (may_be_array && is_array(*source, head, options)) {
    known.from = Format::kNdjson;
    known.skips_blank_lines = true;
    source = items_of_array(std::move(source), std::move(head));
    head.clear();
  }
  if (known.from == Format::kNdjson) {
    return std::make_unique<NdjsonReader>(std::move(source), head, known);
  }
  return std::make_unique<CsvReader>(std::move(source), head, known);
}

std::unique_ptr<RecordWriter> make_writer(ByteSink& sink, const WriteOptions& options) {
  const auto delimiter = [&](char usual) {
    return options.delimiter == '\0' ? usual : options.delimiter;
  };
  switch (options.to) {
    case Format::kCsv:
      return std::make_unique<CsvWriter>(sink, delimiter(','));
    case Format::kTsv:
      return std::make_unique<CsvWriter>(sink, delimiter('\t'));
    case Format::kNdjson:
      return std::make_unique<NdjsonWriter>(sink);
    case Format::kAuto:
      break;
  }
  throw Error(ExitCode::kSoftware, "no output format was chosen");
}

}  // namespace sp
