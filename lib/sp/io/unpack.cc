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

// What the formats share: a buffer of packed bytes, members that follow one another (streams,
// frames), the limit, the words for what is wrong.
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
  UnpackingSource(std::unique_ptr<ByteSource> packed, Packing packing, const char* format,
                  std::uint64_t limit)
      : ByteSource(packed->name()),
        packed_(std::move(packed)),
        packing_(packing),
        format_(format),
        limit_(limit),
        buffer_(new char[kPackedBuffer]) {}

  virtual std::size_t unpack(char* buffer, std::size_t capacity) = 0;

  // Packed bytes that the decoder has not taken yet.
  std::string_view input_;

  // Whether a member begins or goes on with input_; false at the end of the file, between two.
  // Zero bytes (a tape's padding) may follow a member.
  bool has_member() {
    while (!in_member_) {
      if (input_.empty() && !refill()) return false;
      if (members_ != 0)
        input_.remove_prefix(std::min(input_.find_first_not_of('\0'), input_.size()));
      if (input_.empty()) continue;
      if (!may_begin(input_, packing_)) fail("is followed by other bytes");
      in_member_ = true;
      ++members_;
      begin_member();
    }
    return true;
  }
  virtual void begin_member() {}
  void end_member() { in_member_ = false; }

  void refill_member() {
    if (!refill()) fail("is truncated: the file ends inside the compressed stream; fetch it again");
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ExitCode::kDataErr, std::string(format_) + " data " + what, {name(), 0, 0, ""});
  }
  [[noreturn]] void fail_damaged(const char* how) const {
    fail(std::string("is damaged") + (how ? std::string(": ") + how : ""));
  }

 private:
  bool refill() {
    input_ = {buffer_.get(), packed_->read(buffer_.get(), kPackedBuffer)};
    return !input_.empty();
  }

  std::unique_ptr<ByteSource> packed_;
  Packing packing_;
  const char* format_;
  std::uint64_t limit_;
  std::uint64_t unpacked_ = 0;
  std::unique_ptr<char[]> buffer_;
  bool in_member_ = false;
  std::uint64_t members_ = 0;
};

class GzipSource final : public UnpackingSource {
 public:
  GzipSource(std::unique_ptr<ByteSource> packed, std::uint64_t limit)
      : UnpackingSource(std::move(packed), Packing::kGzip, "gzip", limit) {
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
    while (stream_.avail_out == room && has_member()) {
      if (input_.empty()) refill_member();
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input_.data()));
      stream_.avail_in = static_cast<uInt>(input_.size());
      const int result = inflate(&stream_, Z_NO_FLUSH);
      input_.remove_prefix(input_.size() - stream_.avail_in);
      take(result);
    }
    return room - stream_.avail_out;
  }

  void begin_member() override {
    if (inflateReset(&stream_) != Z_OK) throw std::bad_alloc();
  }

  void take(int result) {
    switch (result) {
      case Z_STREAM_END:
        return end_member();
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
};

class ZstdSource final : public UnpackingSource {
 public:
  ZstdSource(std::unique_ptr<ByteSource> packed, std::uint64_t limit)
      : UnpackingSource(std::move(packed), Packing::kZstd, "Zstandard", limit),
        stream_(ZSTD_createDStream()) {
    if (!stream_) throw std::bad_alloc();
  }

 private:
  std::size_t unpack(char* buffer, std::size_t capacity) override {
    ZSTD_outBuffer out{buffer, capacity, 0};
    while (out.pos == 0 && has_member()) {
      // A full output buffer may have left bytes inside the decoder, so ask it before the file.
      if (input_.empty() && !maybe_more_inside_) refill_member();
      ZSTD_inBuffer in{input_.data(), input_.size(), 0};
      const std::size_t left = ZSTD_decompressStream(stream_.get(), &out, &in);
      if (ZSTD_isError(left)) fail_damaged(ZSTD_getErrorName(left));
      input_.remove_prefix(in.pos);
      if (left == 0) end_member();
      maybe_more_inside_ = left != 0 && out.pos == out.size;
    }
    return out.pos;
  }

  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };
  std::unique_ptr<ZSTD_DStream, Free> stream_;
  bool maybe_more_inside_ = false;
};

class XzSource final : public UnpackingSource {
 public:
  XzSource(std::unique_ptr<ByteSource> packed, std::uint64_t limit)
      : UnpackingSource(std::move(packed), Packing::kXz, "xz", limit) {}
  ~XzSource() override { lzma_end(&stream_); }

 private:
  static constexpr std::uint64_t kMemory = 256 << 20;  // xz -9 needs 65 MiB

  std::size_t unpack(char* buffer, std::size_t capacity) override {
    stream_.next_out = reinterpret_cast<std::uint8_t*>(buffer);
    stream_.avail_out = capacity;
    while (stream_.avail_out == capacity && has_member()) {
      if (input_.empty()) refill_member();
      stream_.next_in = reinterpret_cast<const std::uint8_t*>(input_.data());
      stream_.avail_in = input_.size();
      const lzma_ret result = lzma_code(&stream_, LZMA_RUN);
      input_.remove_prefix(input_.size() - stream_.avail_in);
      take(result);
    }
    return capacity - stream_.avail_out;
  }

  // It takes the memory of the stream before.
  void begin_member() override {
    if (lzma_stream_decoder(&stream_, kMemory, 0) != LZMA_OK) throw std::bad_alloc();
  }

  void take(lzma_ret result) {
    switch (result) {
      case LZMA_STREAM_END:
        return end_member();
      case LZMA_OK:
      case LZMA_BUF_ERROR:
        return;
      case LZMA_MEM_ERROR:
        throw std::bad_alloc();
      case LZMA_MEMLIMIT_ERROR:
        fail("needs more than 256 MiB of memory to unpack; pack it with xz -9 or less");
      case LZMA_OPTIONS_ERROR:
        fail("is packed in a way that is not supported here; unpack it with xz");
      default:
        fail_damaged(nullptr);
    }
  }

  lzma_stream stream_ = LZMA_STREAM_INIT;
};

class Bzip2Source final : public UnpackingSource {
 public:
  Bzip2Source(std::unique_ptr<ByteSource> packed, std::uint64_t limit)
      : UnpackingSource(std::move(packed), Packing::kBzip2, "bzip2", limit) {}
  ~Bzip2Source() override { BZ2_bzDecompressEnd(&stream_); }

 private:
  std::size_t unpack(char* buffer, std::size_t capacity) override {
    const auto room = static_cast<unsigned>(
        std::min<std::size_t>(capacity, std::numeric_limits<unsigned>::max()));
    stream_.next_out = buffer;
    stream_.avail_out = room;
    while (stream_.avail_out == room && has_member()) {
      if (input_.empty()) refill_member();
      stream_.next_in = const_cast<char*>(input_.data());
      stream_.avail_in = static_cast<unsigned>(input_.size());
      const int result = BZ2_bzDecompress(&stream_);
      input_.remove_prefix(input_.size() - stream_.avail_in);
      take(result);
    }
    return room - stream_.avail_out;
  }

  // Each stream has a decoder of its own.
  void begin_member() override {
    BZ2_bzDecompressEnd(&stream_);
    if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) throw std::bad_alloc();
  }

  void take(int result) {
    switch (result) {
      case BZ_STREAM_END:
        return end_member();
      case BZ_OK:
        return;
      case BZ_MEM_ERROR:
        throw std::bad_alloc();
      default:
        fail_damaged(nullptr);
    }
  }

  bz_stream stream_{};
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
