#include "sp-load/journal/journal_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "sp/base/diagnostic.h"
#include "sp/base/path_name.h"
#include "sp/io/xxh128.h"

namespace sp::load {
namespace {

constexpr std::size_t kLongestFirst = 64 << 10;  // bytes
constexpr std::size_t kPiece = 1 << 20;

bool is_rotated_name(std::string_view name, std::string_view journal) {
  if (!name.starts_with(journal) || name.size() < journal.size() + 2) return false;
  const char after = name[journal.size()];
  return after == '.' || after == '-';
}

}  // namespace

std::optional<JournalFile> JournalFile::open(const std::string& path) {
  JournalFile out;
  out.path_ = path;
  out.fd_.reset(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat st;
  if (!out.fd_ && errno == ENOENT) return std::nullopt;
  if (!out.fd_ || ::fstat(out.fd_.get(), &st) != 0) throw_errno("open", path, ExitCode::kNoInput);
  if (!S_ISREG(st.st_mode)) throw Error(ExitCode::kUsage, path + " is no regular file");
  out.size_ = static_cast<std::uint64_t>(st.st_size);
  out.modified_ns_ = std::int64_t{st.st_mtim.tv_sec} * 1'000'000'000 + st.st_mtim.tv_nsec;
  out.first_line_ = out.read(0, kLongestFirst);
  const std::size_t end = out.first_line_.find('\n');
  out.first_line_.resize(end == std::string::npos ? 0 : end);
  return out;
}

std::vector<JournalFile> JournalFile::rotated_from(const std::string& path) {
  namespace fs = std::filesystem;
  std::vector<JournalFile> out;
  std::error_code failed;
  for (fs::directory_iterator at(folder_of(path), failed), end; !failed && at != end;
       at.increment(failed)) {
    const std::string name = at->path().filename().string();
    if (!is_rotated_name(name, base_name(path)) || !at->is_regular_file(failed)) continue;
    auto file = open(at->path().string());
    if (file && file->first_line().starts_with('{')) out.push_back(std::move(*file));
  }
  std::sort(out.begin(), out.end(), [](const JournalFile& a, const JournalFile& b) {
    return a.modified_ns_ < b.modified_ns_;
  });
  return out;
}

std::string JournalFile::id() const { return xxh128_hex(first_line_); }

std::string JournalFile::read(std::uint64_t at, std::size_t most) const {
  std::string out(most, '\0');
  std::size_t got = 0;
  while (got < most) {
    const ssize_t n =
        ::pread(fd_.get(), out.data() + got, most - got, static_cast<off_t>(at + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("read", path_);
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  out.resize(got);
  return out;
}

bool JournalFile::is_begin_of_line(std::uint64_t at) const {
  return at == 0 || (at <= size_ && read(at - 1, 1) == "\n");
}

std::string JournalFile::lines(std::uint64_t at, std::uint64_t& next) const {
  next = at;
  for (std::uint64_t begin = at; begin < size_; begin += kPiece) {
    std::string out = read(begin, std::min<std::uint64_t>(kPiece, size_ - begin));
    const std::size_t end = begin == at ? out.rfind('\n') : out.find('\n');
    if (end == std::string::npos) continue;
    next = begin + end + 1;
    out.resize(begin == at ? end + 1 : 0);
    return out;
  }
  return "";
}

}  // namespace sp::load
