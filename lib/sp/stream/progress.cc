#include "sp/stream/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cmath>

namespace sp {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

std::uint64_t now_ns() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

std::string size_text(std::uint64_t bytes) {
  static constexpr const char* kUnits[] = {"kB", "MB", "GB", "TB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < std::size(kUnits)) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

// "sp-validate: 31.5 MB of 54.9 MB (57%), 402432 rows, 5120000 rows/s, ETA 0:03"
std::string progress_text(const std::string& tool, const ByteSource& source, std::uint64_t rows,
                          std::uint64_t elapsed_ns) {
  const std::uint64_t done = source.bytes_consumed();
  const std::uint64_t size = source.size_hint();
  std::string out = tool + ": " + size_text(done);
  if (size != 0) out += fmt::format(" of {} ({}%)", size_text(size), done * 100 / size);
  const double seconds = static_cast<double>(elapsed_ns + 1) / static_cast<double>(kSecond);
  out += fmt::format(", {} rows, {:.0f} rows/s", rows, static_cast<double>(rows) / seconds);
  if (size > done && done != 0) {
    const double left = seconds * static_cast<double>(size - done) / static_cast<double>(done);
    const auto whole = static_cast<std::uint64_t>(std::llround(left));
    out += fmt::format(", ETA {}:{:02}", whole / 60, whole % 60);
  }
  return out;
}

void write_stderr(const std::string& text) {
  // Progress is a courtesy: where standard error fails there is nobody to tell.
  [[maybe_unused]] const ssize_t n = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

Progress::Progress(bool enabled, const std::string& tool) : enabled_(enabled), tool_(tool) {
  if (!enabled_) return;
  is_terminal_ = ::isatty(STDERR_FILENO) == 1;
  start_ns_ = last_ns_ = now_ns();
}

Progress::~Progress() {
  // A diagnostic that follows an exception begins on a line of its own.
  if (line_open_) write_stderr("\n");
}

void Progress::update(const RecordReader& reader, std::uint64_t rows) {
  const std::uint64_t now = now_ns();
  if (now - last_ns_ < (is_terminal_ ? kSecond / 5 : kSecond)) return;
  last_ns_ = now;
  show(reader, rows, now);
}

void Progress::show(const RecordReader& reader, std::uint64_t rows, std::uint64_t now) {
  const std::string text = progress_text(tool_, reader.source(), rows, now - start_ns_);
  write_stderr(is_terminal_ ? "\r\x1b[K" + text : text + "\n");
  line_open_ = is_terminal_;
}

void Progress::finish(const RecordReader& reader, std::uint64_t rows) {
  if (!enabled_) return;
  show(reader, rows, now_ns());
  if (line_open_) write_stderr("\n");
  line_open_ = false;
}

}  // namespace sp
