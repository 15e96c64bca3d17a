#include "sp-watch/name_filter.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <strings.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "sp/io/descriptor.h"
#include "sp/io/durable.h"

namespace sp::watch {
namespace {

// How the names end that programs use before a file is whole, and then rename.
constexpr std::string_view kUnfinished[] = {
    ".tmp",         // many; Syncthing, hidden
    ".part",        // many; Firefox, Nextcloud
    ".partial",     // many; rclone, Edge
    ".filepart",    // WinSCP
    ".crdownload",  // Chromium and its kind
    ".opdownload",  // Opera
    ".download",    // Safari
    "_.gstmp",      // gsutil, gcloud storage
    ".part.minio",  // MinIO
    ".swp",         // Vim, hidden
    ".bak",         // editors: the file before it was written anew
    "~",            // the same
};

// aws s3 cp, and what else uses Python's s3transfer, writes NAME.1a2B3c4D: eight random hexadecimal
// digits, large and small. One name in six has letters of one case or none; so have dates and
// serial numbers, which are taken.
bool ends_like_s3transfer(std::string_view name) {
  constexpr std::size_t kDigits = 8;
  if (name.size() < kDigits + 2 || name[name.size() - kDigits - 1] != '.') return false;
  const std::string_view tail = name.substr(name.size() - kDigits);
  const auto has = [&](int (*is)(int)) {
    return std::ranges::any_of(tail, [is](unsigned char c) { return is(c) != 0; });
  };
  return has(std::isupper) && has(std::islower) &&
         std::ranges::all_of(tail, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

// Cards that know FAT alone write LOG001.TMP.
bool ends_with_any_case(std::string_view name, std::string_view ending) {
  return name.size() >= ending.size() && ::strncasecmp(name.data() + name.size() - ending.size(),
                                                       ending.data(), ending.size()) == 0;
}

bool is_unfinished(std::string_view name) {
  return ends_like_s3transfer(name) || std::ranges::any_of(kUnfinished, [&](std::string_view end) {
           return ends_with_any_case(name, end);
         });
}

// Texts that each end with a zero byte, as globs may hold all others: "i", where case is ignored,
// or "", and the globs.
constexpr const char* kFile = "match";
constexpr std::size_t kMaxBytes = 65536;

}  // namespace

std::string_view NameFilter::objection(const char* name) const {
  if (is_unfinished(name)) return "an unfinished upload, by its name";
  const int flags = FNM_PERIOD | (ignores_case_ ? FNM_CASEFOLD : 0);
  const bool is_wanted = globs_.empty() || std::ranges::any_of(globs_, [&](const auto& glob) {
                           return ::fnmatch(glob.c_str(), name, flags) == 0;
                         });
  return is_wanted ? "" : "no --match takes its name";
}

void NameFilter::save(int own) const {
  std::string text(ignores_case_ ? "i" : "");
  text += '\0';
  for (const std::string& glob : globs_) (text += glob) += '\0';
  write_file(own, kFile, text, Sync::kLater);
}

NameFilter NameFilter::load(int own) {
  const Descriptor fd(
      ::openat(own, kFile, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  std::string text(kMaxBytes, '\0');
  const ssize_t size = fd ? ::read(fd.get(), text.data(), text.size()) : -1;
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  std::vector<std::string> words;
  for (std::size_t begin = 0, end; (end = text.find('\0', begin)) != std::string::npos;
       begin = end + 1) {
    words.push_back(text.substr(begin, end - begin));
  }
  if (words.empty()) return NameFilter();
  return NameFilter({words.begin() + 1, words.end()}, !words[0].empty());
}

}  // namespace sp::watch
