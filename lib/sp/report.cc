#include "sp/report.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <simdjson.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "sp/byte_source.h"
#include "sp/diagnostic.h"
#include "sp/version.h"

namespace sp {
namespace {

constexpr std::size_t kMaxReportBytes = std::size_t{16} << 20;

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// A new file beside the report, removed again unless it was renamed into place.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& path) {
    for (int attempt = 0; fd_ < 0; ++attempt) {
      name_ = fmt::format("{}.{}-{}.tmp", path, ::getpid(), attempt);
      fd_ = ::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      // A process of our number may have died here before.
      if (fd_ < 0 && (errno != EEXIST || attempt == 100)) throw_errno("create", name_);
    }
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (fd_ >= 0) ::close(fd_);
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  int fd() const { return fd_; }
  const std::string& name() const { return name_; }

  void rename_to(const std::string& path) {
    const int fd = fd_;
    fd_ = -1;
    if (::close(fd) != 0) throw_errno("write", name_);
    if (::rename(name_.c_str(), path.c_str()) != 0) throw_errno("rename " + name_ + " to", path);
    name_.clear();
  }

 private:
  std::string name_;
  int fd_ = -1;
};

void write_all(int fd, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) throw_errno("write", name);
    if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void sync_directory(const std::string& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) throw_errno("open", directory);
  const int failed = ::fsync(fd);
  const int reason = errno;
  ::close(fd);
  errno = reason;
  if (failed != 0 && errno != EINVAL) throw_errno("sync", directory);  // EINVAL: cannot be synced
}

// A terminal, a pipe or /dev/null is written to, not replaced by a file.
bool is_special_file(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

std::string read_small_file(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 && errno == ENOENT) {
    throw Error(ExitCode::kTempFail,
                "there is no report " + path + ": the stage that writes it did not end well");
  }
  const auto source = open_source(path);
  constexpr std::size_t kStep = std::size_t{64} << 10;
  std::string text;
  std::size_t size = 0;
  do {
    if (text.size() < size + kStep) text.resize(std::max(size + kStep, text.size() * 2));
    const std::size_t n =
        source->read(text.data() + size, std::min(text.size(), kMaxReportBytes) - size);
    if (n == 0) break;
    size += n;
  } while (size < kMaxReportBytes);
  text.resize(size);
  return text;
}

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw Error(ExitCode::kDataErr, "not a run report: " + what, {path, 0, 0, ""});
}

std::string text_member(simdjson::dom::object report, const char* name, const std::string& path,
                        bool required = true) {
  std::string_view value;
  const auto error = report[name].get(value);
  if (error == simdjson::NO_SUCH_FIELD && !required) return "";
  if (error) fail(path, fmt::format("'{}' is missing or is not a string", name));
  return std::string(value);
}

std::uint64_t count_member(simdjson::dom::object report, const char* name,
                           const std::string& path) {
  std::uint64_t value = 0;
  if (report[name].get(value)) fail(path, fmt::format("'{}' is missing or is not a count", name));
  return value;
}

FileReport file_report(simdjson::dom::element element, const std::string& path) {
  simdjson::dom::object object;
  if (element.get(object)) fail(path, "'files' holds something else than objects");
  FileReport file;
  file.file = text_member(object, "file", path);
  std::int64_t status = 0;
  if (object["status"].error() == simdjson::SUCCESS && object["status"].get(status)) {
    fail(path, "a file's 'status' is not a number");
  }
  file.status = static_cast<int>(status);
  file.rows.rows_in = count_member(object, "rows_in", path);
  file.rows.rows_out = count_member(object, "rows_out", path);
  file.rows.rows_rejected = count_member(object, "rows_rejected", path);
  file.xxh128 = text_member(object, "xxh128", path, false);
  return file;
}

}  // namespace

void discard_report(const std::string& path) {
  std::error_code none;
  // The file itself: a link that somebody has put there stays.
  const std::string file = std::filesystem::canonical(path, none);
  struct stat info {};
  if (none || ::stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return;
  if (::unlink(file.c_str()) != 0 && errno != ENOENT)
    throw_errno("remove the earlier report", path);
}

JsonObject start_report(std::string_view tool, const RowCounts& counts) {
  if (counts.rows_in != counts.rows_out + counts.rows_rejected) {
    throw Error(ExitCode::kSoftware,
                fmt::format("the row counts do not add up: {} in, {} out, {} rejected",
                            counts.rows_in, counts.rows_out, counts.rows_rejected));
  }
  JsonObject report;
  report.add("tool", tool).add("version", kVersion).add("status", "ok");
  report.add("rows_in", counts.rows_in).add("rows_out", counts.rows_out);
  report.add("rows_rejected", counts.rows_rejected);
  return report;
}

void add_files(JsonObject& report, const std::vector<FileReport>& files, bool with_status) {
  std::string json = "[";
  for (const FileReport& file : files) {
    JsonObject object;
    object.add("file", file.file);
    if (with_status) object.add("status", file.status);
    if (!file.error.empty()) object.add("error", file.error);
    object.add("rows_in", file.rows.rows_in).add("rows_out", file.rows.rows_out);
    object.add("rows_rejected", file.rows.rows_rejected);
    if (!file.xxh128.empty()) object.add("xxh128", file.xxh128);
    json += (json.size() > 1 ? "," : "") + object.str();
  }
  report.add_raw("files", json + "]");
}

void write_report(const std::string& path, const JsonObject& report) {
  if (path.empty()) return;
  const std::string text = report.str() + "\n";
  if (is_special_file(path)) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) throw_errno("open", path);
    write_all(fd, text, path);
    if (::close(fd) != 0) throw_errno("write", path);
    return;
  }
  TemporaryFile file(path);
  write_all(file.fd(), text, file.name());
  if (::fsync(file.fd()) != 0) throw_errno("sync", file.name());
  file.rename_to(path);
  sync_directory(directory_of(path));
}

ReportSummary read_report(const std::string& path) {
  const std::string text = read_small_file(path);
  if (text.size() == kMaxReportBytes) fail(path, "it is larger than 16 MiB");
  simdjson::dom::parser parser;
  simdjson::dom::object report;
  const auto error = parser.parse(text).get(report);
  if (error) fail(path, simdjson::error_message(error));
  ReportSummary summary;
  summary.tool = text_member(report, "tool", path);
  summary.version = text_member(report, "version", path);
  summary.status = text_member(report, "status", path);
  summary.counts.rows_in = count_member(report, "rows_in", path);
  summary.counts.rows_out = count_member(report, "rows_out", path);
  summary.counts.rows_rejected = count_member(report, "rows_rejected", path);
  summary.schema_sha256 = text_member(report, "schema_sha256", path, false);
  bool passed_through = false;
  if (report["pass_through"].error() == simdjson::SUCCESS &&
      report["pass_through"].get(passed_through)) {
    fail(path, "'pass_through' is neither true nor false");
  }
  if (!passed_through && report["results"].error() == simdjson::SUCCESS) {
    summary.results = count_member(report, "results", path);
  }
  simdjson::dom::array files;
  if (report["files"].get(files) == simdjson::SUCCESS) {
    for (const simdjson::dom::element file : files) {
      summary.files.push_back(file_report(file, path));
    }
  }
  return summary;
}

}  // namespace sp
