#include "sp-watch/intake.h"

#include <cerrno>
#include <system_error>
#include <utility>

namespace sp::watch {

void Intake::scan(TimePoint now) {
  spool_.check_folders();
  ++scan_;
  settle_.begin_scan();
  std::vector<std::pair<std::string, Kind>> aside;
  list_folder(spool_.folders().dir, [&](const DirEntry& entry) {
    if (NameFilter::is_hidden(entry.name)) return;
    if (entry.type == DT_REG && settle_.still_ready(entry.name, entry.inode)) return;
    if (!told_.empty()) {
      if (const auto told = told_.find(entry.name); told != told_.end()) told->second = scan_;
    }
    const std::string_view objection = filter_.objection(entry.name);
    if (!objection.empty() && told_.contains(entry.name)) return;
    FileStamp stamp;
    const Kind kind = spool_.look(entry.name, stamp);
    if (kind == Kind::kGone || kind == Kind::kOurFolder) return;
    if (!objection.empty() && kind != Kind::kDirectory) {
      pass_over(entry.name, objection);
    } else if (kind == Kind::kRegular) {
      settle_.observe(entry.name, stamp, now);
    } else if (kind == Kind::kDirectory) {
      leave_alone("ignored", entry.name, "a directory");
    } else if (kind == Kind::kUnseen) {
      ++recorder_.tally().left;
      leave_alone("unreadable", entry.name,
                  "it cannot be looked at: " + std::generic_category().message(errno));
    } else {
      aside.emplace_back(entry.name, kind);
    }
  });
  settle_.end_scan();
  std::erase_if(told_, [&](const auto& told) {
    return told.second != scan_ && told.first.find('/') == std::string::npos;
  });
  for (const auto& [file, kind] : aside) {
    set_aside(spool_.folders().dir, file, kind_name(kind));
  }
}

void Intake::on_event(InotifySource::Kind kind, const char* name, TimePoint now) {
  FileStamp stamp;
  if (!filter_.accepts(name) || spool_.look(name, stamp) != Kind::kRegular) return;
  if (kind == InotifySource::Kind::kRenamedIn) {
    settle_.arrived(name, stamp, now);
  } else {
    settle_.observe(name, stamp, now);
  }
}

void Intake::look_again(const std::string& file, TimePoint now) {
  FileStamp stamp;
  if (spool_.look(file.c_str(), stamp) == Kind::kRegular) settle_.observe(file, stamp, now);
}

void Intake::leave_alone(const char* event, const std::string& file, const std::string& why) {
  if (!told_.emplace(file, scan_).second) return;
  recorder_.left_alone(event, file, why);
}

void Intake::pass_over(const std::string& file, std::string_view why) {
  if (!told_.emplace(file, scan_).second) return;
  recorder_.passed_over(file, std::string(why));
}

void Intake::set_aside(const Folder& from, const std::string& file, const std::string& kind) {
  const std::string why = "a " + kind + "; only regular files are taken";
  JsonObject reason;
  Journal::add_name(reason, "file", file);
  reason.add("time", rfc3339(wall_ms())).add("reason", why);
  try {
    const std::string as = spool_.set_aside(from, file, reason.str() + "\n");
    if (!as.empty()) {
      recorder_.set_aside(file, as, why);
    } else {
      leave_alone("ignored", file, why);
    }
  } catch (const Error& error) {
    leave_alone("ignored", file, error.what());
  }
}

}  // namespace sp::watch
