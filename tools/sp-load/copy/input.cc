#include "sp-load/copy/input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "sp/base/diagnostic.h"
#include "sp/table/formats.h"

namespace sp::load {
namespace {

// A path that is not there now counts as a regular file: it may come while earlier inputs are read.
bool names_a_stream(const std::string& name) {
  if (name == "-") return true;
  struct stat info {};
  return ::stat(name.c_str(), &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

// An NDJSON file without a row has no byte that could tell its format.
Format format_of(const std::string& name, Format wanted) {
  if (wanted != Format::kAuto) return wanted;
  return name.ends_with(".ndjson") || name.ends_with(".jsonl") ? Format::kNdjson : Format::kAuto;
}

void drain_descriptor(int fd) {
  char buffer[64 * 1024];
  ssize_t n = 0;
  do {
    n = ::read(fd, buffer, sizeof buffer);
  } while (n > 0 || (n < 0 && errno == EINTR));
}

void drain_path(const std::string& name) {
  if (name == "-") return drain_descriptor(STDIN_FILENO);
  const int fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw_errno("open", name, ExitCode::kNoInput);
  drain_descriptor(fd);
  ::close(fd);
}

}  // namespace

// What was kept, then what is new.
class Input::Replay final : public ByteSource {
 public:
  explicit Replay(Input& input) : ByteSource(input.shown_name_), input_(input) {}
  std::size_t read(char* buffer, std::size_t capacity) override {
    std::size_t n = input_.kept_.read(at_, buffer, capacity);
    if (n == 0 && !input_.live_ended_) n = input_.read_live(buffer, capacity);
    at_ += n;
    return n;
  }
  std::uint64_t bytes_consumed() const override { return input_.live_->bytes_consumed(); }
  std::uint64_t size_hint() const override { return input_.live_->size_hint(); }

 private:
  Input& input_;
  std::uint64_t at_ = 0;
};

Input::Input(std::string name, const ReadOptions& read, const SourceOptions& source,
             std::string stream_name)
    : name_(std::move(name)),
      shown_name_(name_ == "-" ? std::move(stream_name) : name_),
      read_options_(read),
      source_options_(source),
      is_stream_(names_a_stream(name_)) {
  read_options_.from = format_of(name_, read.from);
}

Input::~Input() = default;

std::unique_ptr<RecordReader> Input::open() { return open_reader(open_bytes(), read_options_); }

std::unique_ptr<ByteSource> Input::open_bytes() {
  if (!is_stream_) return open_source(name_, source_options_);
  if (!live_) live_ = open_source(name_, source_options_);
  return std::make_unique<Replay>(*this);
}

std::size_t Input::read_live(char* buffer, std::size_t capacity) {
  const std::size_t n = live_->read(buffer, capacity);
  live_ended_ = n == 0;
  kept_.append({buffer, n});
  return n;
}

void Input::keep_until(const std::function<bool()>& is_enough) {
  if (!is_stream_) return;
  if (!live_) live_ = open_source(name_, source_options_);
  char buffer[64 * 1024];
  while (!live_ended_ && kept_.size() < ReplayBuffer::kMemoryLimit && !is_enough()) {
    read_live(buffer, sizeof buffer);
  }
}

void Input::drain() {
  if (!is_stream_ || live_ended_) return;
  try {
    char buffer[64 * 1024];
    while (live_ && live_->read(buffer, sizeof buffer) > 0) {
    }
  } catch (const Error&) {
    // Damaged on the way: what is left is read without looking at it.
  }
  if (live_ && name_ != "-") {
    live_.reset();
  } else {
    drain_path(name_);
  }
  live_ended_ = true;
}

}  // namespace sp::load
