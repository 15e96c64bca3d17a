#include "sp-watch/run/outcomes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <simdjson.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "sp/base/diagnostic.h"
#include "sp/io/descriptor.h"

namespace sp::watch {
namespace {

namespace dom = simdjson::dom;

constexpr std::uint64_t kMostRows = 1'000'000'000'000;  // of a file: a million million
constexpr std::int64_t kMaxBytes = 16 * 1024 * 1024;    // 1000 files with a page of reasons each

[[noreturn]] void refuse(std::size_t line, const std::string& what) {
  throw Error(ExitCode::kSoftware,
              fmt::format("the command's SP_OUTCOMES, line {}: {}", line, what));
}

std::string base_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

std::string text_of(dom::object object, std::string_view member) {
  std::string_view text;
  return object[member].get(text) == simdjson::SUCCESS ? std::string(text) : "";
}

// Numbers of those results that there are, and that a file can have, so that their sum in a counter
// that only grows never overflows; others are of a later version.
Progress::Counts rows_of(dom::object object) {
  Progress::Counts out;
  dom::object rows;
  if (object["rows"].get(rows) != simdjson::SUCCESS) return out;
  for (const std::string_view result : Progress::kRowResults) {
    std::uint64_t count = 0;
    if (rows[result].get(count) == simdjson::SUCCESS && count <= kMostRows) {
      out.emplace(result, count);
    }
  }
  return out;
}

class Lines {
 public:
  explicit Lines(const std::vector<Job>& jobs) : jobs_(jobs) {}

  void add(std::string_view line, std::size_t number) {
    dom::object object;
    std::string_view file;
    std::int64_t status = 0;
    if (parser_.parse(line.data(), line.size()).get(object) != simdjson::SUCCESS) {
      refuse(number, "it is not a JSON object");
    }
    if (object["file"].get(file) != simdjson::SUCCESS) refuse(number, "there is no text \"file\"");
    if (object["status"].get(status) != simdjson::SUCCESS || status < 0 || status > 255) {
      refuse(number, "\"status\" is not an exit status");
    }
    const std::string name = base_name(file);
    if (std::none_of(jobs_.begin(), jobs_.end(),
                     [&](const Job& job) { return job.name == name; })) {
      refuse(number, std::string(file) + " is not a file of this run");
    }
    out_[name] = {static_cast<int>(status), text_of(object, "reason"), text_of(object, "tool"),
                  text_of(object, "schema_sha256"), rows_of(object)};
  }
  Outcomes take() { return std::move(out_); }

 private:
  const std::vector<Job>& jobs_;
  dom::parser parser_;
  Outcomes out_;
};

}  // namespace

Outcomes parse_outcomes(std::string_view text, const std::vector<Job>& jobs) {
  Lines lines(jobs);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (const auto line = text.substr(0, end); line.find_first_not_of(" \t\r") != line.npos) {
      lines.add(line, number);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines.take();
}

Outcomes read_outcomes(const std::string& path, const std::vector<Job>& jobs) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd && errno == ENOENT) return {};
  struct stat st;
  if (!fd || ::fstat(fd.get(), &st) != 0) throw_errno("read", path);
  if (!S_ISREG(st.st_mode) || st.st_size > kMaxBytes) {
    throw Error(ExitCode::kSoftware, "the command's SP_OUTCOMES is not a file of at most 16 MiB");
  }
  std::string text(static_cast<std::size_t>(st.st_size), '\0');
  for (std::size_t got = 0; got < text.size();) {
    const ssize_t n = ::read(fd.get(), text.data() + got, text.size() - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("read", path);
    if (n == 0) text.resize(got);
    got += static_cast<std::size_t>(n);
  }
  return parse_outcomes(text, jobs);
}

}  // namespace sp::watch
