#include "sp/io/byte_source.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>

#include "sp/base/diagnostic.h"
#include "sp/base/digits.h"
#include "sp/io/xxh128.h"

namespace sp {
namespace {

constexpr std::size_t kPackedBuffer = 128 * 1024;

std::string shown(const std::string& name) { return name == "-" ? "standard input" : name; }

// A file descriptor, closed at the end unless it is standard input. The bytes by which the format
// was recognised are handed out again before the rest.
class FdSource final : public ByteSource {
 public:
  FdSource(std::string name, int fd, bool xxh128) : ByteSource(std::move(name)), fd_(fd) {
    struct stat info {};
    if (fstat(fd_, &info) != 0) throw_errno("read", shown(this->name()), ExitCode::kNoInput);
    if (S_ISDIR(info.st_mode)) {
      errno = EISDIR;
      throw_errno("read", shown(this->name()), ExitCode::kNoInput);
    }
    if (!S_ISREG(info.st_mode)) return;
    const off_t at = lseek(fd_, 0, SEEK_CUR);
    size_ = static_cast<std::uint64_t>(std::max<off_t>(0, info.st_size - std::max<off_t>(0, at)));
    posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
    if (xxh128 && fd_ != STDIN_FILENO) xxh128_.emplace();
  }
  ~FdSource() override {
    if (fd_ != STDIN_FILENO) ::close(fd_);
  }

  std::size_t read(char* buffer, std::size_t capacity) override {
    if (peeked_at_ < peeked_.size()) {
      const std::size_t n = peeked_.copy(buffer, capacity, peeked_at_);
      peeked_at_ += n;
      return n;
    }
    return read_fd(buffer, capacity);
  }
  std::uint64_t bytes_consumed() const override { return consumed_; }
  std::uint64_t size_hint() const override { return size_; }
  std::string xxh128() const override { return xxh128_ ? xxh128_->hex() : ""; }

  // Reads one more byte ahead; false at the end.
  bool peek_more() {
    char c = 0;
    if (read_fd(&c, 1) == 0) return false;
    peeked_ += c;
    return true;
  }
  std::string_view peeked() const { return peeked_; }

 private:
  std::size_t read_fd(char* buffer, std::size_t capacity) {
    for (;;) {
      const ssize_t n = ::read(fd_, buffer, capacity);
      if (n >= 0) {
        const auto size = static_cast<std::size_t>(n);
        consumed_ += size;
        if (xxh128_) xxh128_->update({buffer, size});
        return size;
      }
      if (errno == EAGAIN) {  // somebody made a shared descriptor non-blocking
        pollfd wait{fd_, POLLIN, 0};
        ::poll(&wait, 1, -1);
      } else if (errno != EINTR) {
        throw_errno("read", shown(name()));
      }
    }
  }

  int fd_;
  std::uint64_t consumed_ = 0;
  std::uint64_t size_ = 0;
  std::string peeked_;
  std::size_t peeked_at_ = 0;
  std::optional<Xxh128> xxh128_;
};

// What gzip and Zstandard share: a buffer of packed bytes, the limit, the words for what is wrong.
class UnpackingSource : public ByteSource {
 public:
  std::size_t read(char* buffer, std::size_t capacity) final {
    const std::size_t n = unpack(buffer, capacity);
    unpacked_ += n;
    if (limit_ != 0 && unpacked_ > limit_) {
      fail("unpacks to more than " + std::to_string(limit_) +
           " bytes; raise --max-unpacked-bytes if it may");
    }
    return n;
  }
  std::uint64_t bytes_consumed() const final { return packed_->bytes_consumed(); }
  std::uint64_t size_hint() const final { return packed_->size_hint(); }
  std::string xxh128() const final { return packed_->xxh128(); }

 protected:
  UnpackingSource(std::unique_ptr<FdSource> packed, const char* format, std::uint64_t limit)
      : ByteSource(packed->name()),
        packed_(std::move(packed)),
        format_(format),
        limit_(limit),
        buffer_(new char[kPackedBuffer]) {}

  virtual std::size_t unpack(char* buffer, std::size_t capacity) = 0;
  // Packed bytes, 0 at the end.
  std::string_view more() { return {buffer_.get(), packed_->read(buffer_.get(), kPackedBuffer)}; }
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ExitCode::kDataErr, std::string(format_) + " data " + what, {name(), 0, 0, ""});
  }
  [[noreturn]] void fail_truncated() const {
    fail("is truncated: the file ends inside the compressed stream; fetch it again");
  }

 private:
  std::unique_ptr<FdSource> packed_;
  const char* format_;
  std::uint64_t limit_;
  std::uint64_t unpacked_ = 0;
  std::unique_ptr<char[]> buffer_;
};

class GzipSource final : public UnpackingSource {
 public:
  GzipSource(std::unique_ptr<FdSource> packed, std::uint64_t limit)
      : UnpackingSource(std::move(packed), "gzip", limit) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  ~GzipSource() override { inflateEnd(&stream_); }

 private:
  std::size_t unpack(char* buffer, std::size_t capacity) override {
    const auto room =
        static_cast<uInt>(std::min<std::size_t>(capacity, std::numeric_limits<uInt>::max()));
    stream_.next_out = reinterpret_cast<Bytef*>(buffer);
    stream_.avail_out = room;
    while (stream_.avail_out == room) {
      if (stream_.avail_in == 0 && !refill()) {
        if (in_member_) fail_truncated();
        return 0;
      }
      if (!in_member_ && !begin_member()) continue;
      inflate_some();
    }
    return room - stream_.avail_out;
  }

  bool refill() {
    const std::string_view bytes = more();
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    return !bytes.empty();
  }

  // Members may follow one another, and zero bytes (a tape's padding) may follow the last.
  bool begin_member() {
    while (stream_.avail_in != 0 && *stream_.next_in == 0 && members_ != 0) {
      ++stream_.next_in;
      --stream_.avail_in;
      padded_ = true;
    }
    if (stream_.avail_in == 0) return false;
    if (padded_) fail("is followed by other bytes");
    if (inflateReset(&stream_) != Z_OK) throw std::bad_alloc();
    in_member_ = true;
    ++members_;
    return true;
  }

  void inflate_some() {
    switch (inflate(&stream_, Z_NO_FLUSH)) {
      case Z_STREAM_END:
        in_member_ = false;
        return;
      case Z_OK:
      case Z_BUF_ERROR:
        return;
      case Z_MEM_ERROR:
        throw std::bad_alloc();
      default:
        fail(std::string("is damaged") + (stream_.msg ? std::string(": ") + stream_.msg : ""));
    }
  }

  z_stream stream_{};
  bool in_member_ = false;
  bool padded_ = false;
  std::uint64_t members_ = 0;
};

class ZstdSource final : public UnpackingSource {
 public:
  ZstdSource(std::unique_ptr<FdSource> packed, std::uint64_t limit)
      : UnpackingSource(std::move(packed), "Zstandard", limit), stream_(ZSTD_createDStream()) {
    if (!stream_) throw std::bad_alloc();
  }

 private:
  std::size_t unpack(char* buffer, std::size_t capacity) override {
    ZSTD_outBuffer out{buffer, capacity, 0};
    while (out.pos == 0) {
      // A full output buffer may have left bytes inside the decoder, so ask it before the file.
      if (in_.pos == in_.size && !maybe_more_inside_) {
        const std::string_view bytes = more();
        in_ = {bytes.data(), bytes.size(), 0};
        if (bytes.empty()) {
          if (in_frame_) fail_truncated();
          return 0;
        }
      }
      const std::size_t left = ZSTD_decompressStream(stream_.get(), &out, &in_);
      if (ZSTD_isError(left)) fail(std::string("is damaged: ") + ZSTD_getErrorName(left));
      in_frame_ = left != 0;
      maybe_more_inside_ = in_frame_ && out.pos == out.size;
    }
    return out.pos;
  }

  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };
  std::unique_ptr<ZSTD_DStream, Free> stream_;
  ZSTD_inBuffer in_{nullptr, 0, 0};
  bool in_frame_ = false;
  bool maybe_more_inside_ = false;
};

class MemorySource final : public ByteSource {
 public:
  MemorySource(std::string_view text, std::string name, std::size_t chunk)
      : ByteSource(std::move(name)), text_(text), chunk_(chunk) {}
  std::size_t read(char* buffer, std::size_t capacity) override {
    const std::size_t n = text_.copy(buffer, std::min(capacity, chunk_), at_);
    at_ += n;
    return n;
  }
  std::uint64_t bytes_consumed() const override { return at_; }
  std::uint64_t size_hint() const override { return text_.size(); }

 private:
  std::string_view text_;
  std::size_t chunk_;
  std::size_t at_ = 0;
};

// Formats that are not unpacked here, but told from damaged text. '?' stands for a digit.
struct ForeignFormat {
  std::string_view magic;
  const char* name;
  const char* advice;
};

constexpr const char* kSheetAdvice =
    "write its sheet as CSV, as libreoffice --convert-to csv does, or take a file out of it with "
    "unzip -p";
constexpr const char* kUnpackAdvice = "unpack it, or use gzip or zstd instead";

constexpr ForeignFormat kForeignFormats[] = {
    {"PK\x03\x04", "a zip archive, as .xlsx and .ods are too", kSheetAdvice},
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a file of Microsoft Office, such as .xls",
     "write its sheet as CSV, as libreoffice --convert-to csv does"},
    // A column may be named PAR1: after the magic comes the header of a page.
    {"PAR1\x15", "Apache Parquet",
     "convert it, as duckdb -csv -c \"FROM 'FILE'\" does, and read that from a pipe"},
    {std::string_view("ARROW1\0\0", 8), "Apache Arrow (Feather)",
     "convert it, as pyarrow.csv.write_csv does, and read that from a pipe"},
    {"\x89HDF\r\n\x1a\n", "HDF5, as netCDF-4 is too", "write its variables as CSV, as ncks does"},
    {"CDF\x01", "netCDF", "write its variables as CSV, as ncks does"},
    {"CDF\x02", "netCDF", "write its variables as CSV, as ncks does"},
    {std::string_view("SQLite format 3\0", 16), "a database of SQLite",
     "read from sqlite3 -csv -header FILE 'SELECT ...'"},
    {std::string_view("\xfd\x37zXZ\0", 6), "compressed by xz", kUnpackAdvice},
    {"BZh?1AY&SY", "compressed by bzip2", kUnpackAdvice},
    {"7z\xbc\xaf\x27\x1c", "a 7z archive", kUnpackAdvice},
    {"\x04\x22\x4d\x18", "compressed by lz4", kUnpackAdvice},
};

using digits::is_digit;

struct Packing {
  enum Kind { kNone, kGzip, kZstd, kForeign } kind = kNone;
  const ForeignFormat* foreign = nullptr;
};

// What `head`, the first bytes, are; `undecided` where more bytes are needed to know.
Packing recognise(std::string_view head, bool& undecided) {
  static constexpr std::string_view kGzipMagic = "\x1f\x8b";
  static constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";
  static constexpr std::string_view kSkippableTail = "\x2a\x4d\x18";  // after 0x50..0x5f
  undecided = false;
  const auto matches = [&](std::string_view bytes, std::string_view magic) {
    for (std::size_t i = 0; i < std::min(bytes.size(), magic.size()); ++i) {
      if (bytes[i] != magic[i] && (magic[i] != '?' || !is_digit(bytes[i]))) return false;
    }
    if (bytes.size() < magic.size()) undecided = true;
    return bytes.size() >= magic.size();
  };
  if (matches(head, kGzipMagic)) return {Packing::kGzip};
  if (matches(head, kZstdMagic)) return {Packing::kZstd};
  if (!head.empty() && (head[0] & 0xf0) == 0x50 && matches(head.substr(1), kSkippableTail)) {
    return {Packing::kZstd};
  }
  for (const ForeignFormat& format : kForeignFormats) {
    if (matches(head, format.magic)) return {Packing::kForeign, &format};
  }
  return {};
}

int open_for_reading(const std::string& path) {
  if (path == "-") return STDIN_FILENO;
  for (;;) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd >= 0) return fd;
    if (errno != EINTR) throw_errno("open", path, ExitCode::kNoInput);
  }
}

}  // namespace

std::unique_ptr<ByteSource> open_source(const std::string& path, const SourceOptions& options) {
  auto source = std::make_unique<FdSource>(path, open_for_reading(path), options.xxh128);
  // Byte by byte, and no further than needed: a pipe's writer may wait for an answer to its first
  // line.
  bool undecided = true;
  Packing packing;
  while (undecided && source->peek_more()) packing = recognise(source->peeked(), undecided);
  switch (packing.kind) {
    case Packing::kGzip:
      return std::make_unique<GzipSource>(std::move(source), options.max_unpacked_bytes);
    case Packing::kZstd:
      return std::make_unique<ZstdSource>(std::move(source), options.max_unpacked_bytes);
    case Packing::kForeign:
      throw Error(ExitCode::kDataErr,
                  std::string("is ") + packing.foreign->name + "; " + packing.foreign->advice,
                  {path, 0, 0, ""});
    case Packing::kNone:
      break;
  }
  return source;
}

std::unique_ptr<ByteSource> memory_source(std::string_view text, std::string name,
                                          std::size_t chunk) {
  return std::make_unique<MemorySource>(text, std::move(name), chunk);
}

}  // namespace sp
