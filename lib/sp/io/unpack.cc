#include "sp/io/unpack.h"

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>

#include "sp/base/diagnostic.h"

namespace sp {
namespace {

constexpr std::size_t kPackedBuffer = 128 * 1024;

// What the formats share: a buffer of packed bytes, the limit, the words for what is wrong.
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
  UnpackingSource(std::unique_ptr<ByteSource> packed, const char* format, std::uint64_t limit)
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
  [[noreturn]] void fail_damaged(const char* how) const {
    fail(std::string("is damaged") + (how ? std::string(": ") + how : ""));
  }
  [[noreturn]] void fail_truncated() const {
    fail("is truncated: the file ends inside the compressed stream; fetch it again");
  }

 private:
  std::unique_ptr<ByteSource> packed_;
  const char* format_;
  std::uint64_t limit_;
  std::uint64_t unpacked_ = 0;
  std::unique_ptr<char[]> buffer_;
};

class GzipSource final : public UnpackingSource {
 public:
  GzipSource(std::unique_ptr<ByteSource> packed, std::uint64_t limit)
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
        fail_damaged(stream_.msg);
    }
  }

  z_stream stream_{};
  bool in_member_ = false;
  bool padded_ = false;
  std::uint64_t members_ = 0;
};

class ZstdSource final : public UnpackingSource {
 public:
  ZstdSource(std::unique_ptr<ByteSource> packed, std::uint64_t limit)
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
      if (ZSTD_isError(left)) fail_damaged(ZSTD_getErrorName(left));
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

class XzSource final : public UnpackingSource {
 public:
  XzSource(std::unique_ptr<ByteSource> packed, std::uint64_t limit)
      : UnpackingSource(std::move(packed), "xz", limit) {
    if (lzma_stream_decoder(&stream_, kMemory, LZMA_CONCATENATED) != LZMA_OK)
      throw std::bad_alloc();
  }
  ~XzSource() override { lzma_end(&stream_); }

 private:
  static constexpr std::uint64_t kMemory = 256 << 20;  // xz -9 needs 65 MiB

  std::size_t unpack(char* buffer, std::size_t capacity) override {
    stream_.next_out = reinterpret_cast<std::uint8_t*>(buffer);
    stream_.avail_out = capacity;
    while (stream_.avail_out == capacity && !at_end_) {
      if (stream_.avail_in == 0 && !packed_ended_) {
        const std::string_view bytes = more();
        stream_.next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
        stream_.avail_in = bytes.size();
        packed_ended_ = bytes.empty();
      }
      decode_some();
    }
    return capacity - stream_.avail_out;
  }

  void decode_some() {
    switch (lzma_code(&stream_, packed_ended_ ? LZMA_FINISH : LZMA_RUN)) {
      case LZMA_OK:
        return;
      case LZMA_STREAM_END:
        at_end_ = true;
        return;
      case LZMA_BUF_ERROR:
        if (packed_ended_) fail_truncated();
        return;
      case LZMA_MEM_ERROR:
        throw std::bad_alloc();
      case LZMA_MEMLIMIT_ERROR:
        fail("needs more than 256 MiB of memory to unpack; pack it with xz -9 or less");
      case LZMA_OPTIONS_ERROR:
        fail("is packed in a way that is not supported here; unpack it with xz");
      case LZMA_FORMAT_ERROR:
        fail("is followed by other bytes");
      default:
        fail_damaged(nullptr);
    }
  }

  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool packed_ended_ = false;
  bool at_end_ = false;
};

class Bzip2Source final : public UnpackingSource {
 public:
  Bzip2Source(std::unique_ptr<ByteSource> packed, std::uint64_t limit)
      : UnpackingSource(std::move(packed), "bzip2", limit) {}
  ~Bzip2Source() override { BZ2_bzDecompressEnd(&stream_); }

 private:
  std::size_t unpack(char* buffer, std::size_t capacity) override {
    const auto room = static_cast<unsigned>(
        std::min<std::size_t>(capacity, std::numeric_limits<unsigned>::max()));
    stream_.next_out = buffer;
    stream_.avail_out = room;
    while (stream_.avail_out == room) {
      if (stream_.avail_in == 0) {
        const std::string_view bytes = more();
        stream_.next_in = const_cast<char*>(bytes.data());
        stream_.avail_in = static_cast<unsigned>(bytes.size());
        if (bytes.empty()) {
          if (in_stream_) fail_truncated();
          return 0;
        }
      }
      if (!in_stream_) begin_stream();
      decompress_some();
    }
    return room - stream_.avail_out;
  }

  // Streams may follow one another; each has a decoder of its own.
  void begin_stream() {
    BZ2_bzDecompressEnd(&stream_);
    if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) throw std::bad_alloc();
    in_stream_ = true;
    ++streams_;
  }

  void decompress_some() {
    switch (BZ2_bzDecompress(&stream_)) {
      case BZ_OK:
        return;
      case BZ_STREAM_END:
        in_stream_ = false;
        return;
      case BZ_MEM_ERROR:
        throw std::bad_alloc();
      case BZ_DATA_ERROR_MAGIC:
        if (streams_ > 1) fail("is followed by other bytes");
        [[fallthrough]];
      default:
        fail_damaged(nullptr);
    }
  }

  bz_stream stream_{};
  bool in_stream_ = false;
  std::uint64_t streams_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> unpack(std::unique_ptr<ByteSource> packed, Packing packing,
                                   std::uint64_t limit) {
  switch (packing) {
    case Packing::kGzip:
      return std::make_unique<GzipSource>(std::move(packed), limit);
    case Packing::kZstd:
      return std::make_unique<ZstdSource>(std::move(packed), limit);
    case Packing::kXz:
      return std::make_unique<XzSource>(std::move(packed), limit);
    case Packing::kBzip2:
      return std::make_unique<Bzip2Source>(std::move(packed), limit);
    case Packing::kNone:
      break;
  }
  return packed;
}

}  // namespace sp
