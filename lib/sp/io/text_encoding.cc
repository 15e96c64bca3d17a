#include "sp/io/text_encoding.h"

#include <fmt/format.h>
#include <iconv.h>

#include <cerrno>
#include <cstdint>
#include <vector>

#include "sp/base/diagnostic.h"

namespace sp {
namespace {

constexpr std::size_t kInput = 64 * 1024;
constexpr std::size_t kMaxUtf8 = 4;  // bytes of one character

class DecodedSource final : public ByteSource {
 public:
  DecodedSource(std::unique_ptr<ByteSource> source, std::string head, const std::string& encoding)
      : ByteSource(source->name()),
        source_(std::move(source)),
        encoding_(encoding),
        iconv_(iconv_open("UTF-8", encoding.c_str())),
        input_(std::move(head)) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): iconv(3) words it so.
    if (iconv_ == reinterpret_cast<iconv_t>(-1)) {
      throw Error(
          ExitCode::kUsage,
          fmt::format("encoding '{}' is not known; iconv -l lists those that are", encoding));
    }
  }
  DecodedSource(const DecodedSource&) = delete;
  DecodedSource& operator=(const DecodedSource&) = delete;
  ~DecodedSource() override { iconv_close(iconv_); }

  std::size_t read(char* buffer, std::size_t capacity) override {
    char* out = buffer;
    std::size_t room = capacity;
    while (out == buffer) {
      if (need_more_ && !read_input()) return 0;
      char* in = input_.data() + begin_;
      std::size_t left = input_.size() - begin_;
      const std::size_t result = iconv(iconv_, &in, &left, &out, &room);
      begin_ = input_.size() - left;
      // EINVAL: an unfinished character at the end of what was read.
      if (result != static_cast<std::size_t>(-1) || errno == EINVAL) {
        need_more_ = true;
      } else if (errno == EILSEQ) {
        fail();
      } else if (room >= kMaxUtf8) {
        throw_errno("decode", name());
      }
    }
    return static_cast<std::size_t>(out - buffer);
  }

  std::uint64_t bytes_consumed() const override { return source_->bytes_consumed(); }
  std::uint64_t size_hint() const override { return source_->size_hint(); }
  std::string xxh128() const override { return source_->xxh128(); }

 private:
  // After what is left of the input; false at its end.
  bool read_input() {
    offset_ += begin_;
    input_.erase(0, begin_);
    begin_ = 0;
    const std::size_t left = input_.size();
    input_.resize(left + kInput);
    const std::size_t n = source_->read(input_.data() + left, kInput);
    input_.resize(left + n);
    if (n == 0 && left > 0) fail();
    need_more_ = false;
    return n > 0;
  }

  [[noreturn]] void fail() const {
    std::string bytes;
    for (std::size_t i = begin_; i < input_.size() && i < begin_ + kMaxUtf8; ++i) {
      bytes += fmt::format(" {:02X}", static_cast<unsigned char>(input_[i]));
    }
    throw Error(ExitCode::kDataErr,
                fmt::format("the bytes{} at offset {} are not {}; name the input's encoding with "
                            "--encoding",
                            bytes, offset_ + begin_, encoding_),
                Location{name(), 0, 0, ""});
  }

  std::unique_ptr<ByteSource> source_;
  std::string encoding_;
  iconv_t iconv_;
  std::string input_;
  std::size_t begin_ = 0;     // of input_: what iconv has not taken
  std::uint64_t offset_ = 0;  // of input_'s first byte in the source
  bool need_more_ = false;
};

}  // namespace

std::string encoding_of_mark(std::string_view head) {
  if (head.starts_with("\xff\xfe")) return "UTF-16LE";
  if (head.starts_with("\xfe\xff")) return "UTF-16BE";
  return "";
}

std::unique_ptr<ByteSource> decode_source(std::unique_ptr<ByteSource> source, std::string head,
                                          const std::string& encoding) {
  return std::make_unique<DecodedSource>(std::move(source), std::move(head), encoding);
}

}  // namespace sp
