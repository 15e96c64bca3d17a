#include "sp/io/compressed_sink.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>

#include "sp/base/diagnostic.h"

namespace sp {
namespace {

constexpr std::size_t kRoom = 32 * 1024;  // packed bytes at a time

[[noreturn]] void fail(const char* library, const char* reason) {
  throw Error(ExitCode::kIoErr, std::string("cannot pack with ") + library + ": " + reason);
}

class Packed : public CompressedSink {
 public:
  explicit Packed(std::unique_ptr<ByteSink> inner) : inner_(std::move(inner)) {}
  void finish() override {
    if (finished_) return;
    flush();
    finished_ = true;
    end_frame();
    inner_->flush();
  }
  void close() override {
    finish();
    inner_->close();
  }

 protected:
  virtual void end_frame() = 0;
  char* room() { return inner_->reserve(kRoom); }
  void pass(std::size_t size) { inner_->commit(size); }

 private:
  std::unique_ptr<ByteSink> inner_;
  bool finished_ = false;
};

class GzipSink final : public Packed {
 public:
  explicit GzipSink(std::unique_ptr<ByteSink> inner) : Packed(std::move(inner)) {
    constexpr int kGzipHeader = 16;
    if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzipHeader, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      fail("zlib", "it does not start");
    }
  }
  ~GzipSink() override { deflateEnd(&stream_); }

 protected:
  void drain(std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto most = std::size_t{std::numeric_limits<uInt>::max()};
      const std::string_view part = bytes.substr(0, most);
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));
      stream_.avail_in = static_cast<uInt>(part.size());
      while (stream_.avail_in > 0) pack(Z_NO_FLUSH);
      bytes.remove_prefix(part.size());
    }
  }
  void end_frame() override {
    while (pack(Z_FINISH) != Z_STREAM_END) continue;
  }

 private:
  int pack(int flush) {
    stream_.next_out = reinterpret_cast<Bytef*>(room());
    stream_.avail_out = kRoom;
    const int result = deflate(&stream_, flush);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
      fail("zlib", stream_.msg ? stream_.msg : "it fails");
    }
    pass(kRoom - stream_.avail_out);
    return result;
  }
  z_stream stream_ = {};
};

class ZstdSink final : public Packed {
 public:
  explicit ZstdSink(std::unique_ptr<ByteSink> inner)
      : Packed(std::move(inner)), context_(ZSTD_createCCtx()) {
    if (!context_) fail("Zstandard", "it does not start");
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }

 protected:
  void drain(std::string_view bytes) override {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    while (in.pos < in.size) pack(in, ZSTD_e_continue);
  }
  void end_frame() override {
    ZSTD_inBuffer none{nullptr, 0, 0};
    while (pack(none, ZSTD_e_end) != 0) continue;
  }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::size_t pack(ZSTD_inBuffer& in, ZSTD_EndDirective directive) {
    ZSTD_outBuffer out{room(), kRoom, 0};
    const std::size_t left = ZSTD_compressStream2(context_.get(), &out, &in, directive);
    if (ZSTD_isError(left) != 0) fail("Zstandard", ZSTD_getErrorName(left));
    pass(out.pos);
    return left;
  }
  std::unique_ptr<ZSTD_CCtx, Free> context_;
};

}  // namespace

Compression compression_of_name(std::string_view path) {
  if (path.ends_with(".gz")) return Compression::kGzip;
  if (path.ends_with(".zst")) return Compression::kZstd;
  return Compression::kNone;
}

std::unique_ptr<CompressedSink> compress(std::unique_ptr<ByteSink> inner, Compression compression) {
  if (compression == Compression::kGzip) return std::make_unique<GzipSink>(std::move(inner));
  return std::make_unique<ZstdSink>(std::move(inner));
}

}  // namespace sp
