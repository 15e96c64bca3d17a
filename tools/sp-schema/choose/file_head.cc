#include "sp-schema/choose/file_head.h"

#include <algorithm>
#include <cstring>

#include "sp/base/diagnostic.h"

namespace sp::choose {

class FileHead::Source final : public ByteSource {
 public:
  explicit Source(FileHead& head) : ByteSource(head.source_->name()), head_(head) {}
  std::size_t read(char* buffer, std::size_t capacity) override {
    if (at_ == head_.bytes_.size() && !head_.read_more()) return 0;
    const std::size_t n = std::min(capacity, head_.bytes_.size() - at_);
    std::memcpy(buffer, head_.bytes_.data() + at_, n);
    at_ += n;
    return n;
  }
  std::uint64_t bytes_consumed() const override { return at_; }

 private:
  FileHead& head_;
  std::size_t at_ = 0;
};

std::unique_ptr<ByteSource> FileHead::open() { return std::make_unique<Source>(*this); }

bool FileHead::read_more() {
  constexpr std::size_t kStep = std::size_t{32} << 10;
  check();
  const std::size_t size = bytes_.size();
  if (size == kMost) {
    throw Error(ExitCode::kDataErr, "no header ends in its first 1 MiB",
                {source_->name(), 0, 0, ""});
  }
  try {
    bytes_.resize(size + std::min(kStep, kMost - size));
    bytes_.resize(size + source_->read(bytes_.data() + size, bytes_.size() - size));
  } catch (...) {
    bytes_.resize(size);
    failure_ = std::current_exception();
    throw;
  }
  return bytes_.size() > size;
}

}  // namespace sp::choose
