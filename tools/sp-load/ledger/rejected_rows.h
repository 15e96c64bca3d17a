// The rejected rows of a load's files on their way to quarantine: sp-validate left them as NAME,
// with their reasons in NAME.errors.ndjson, in the folder of --rejects. They are not packed, and so
// NAME is that of the file without the ending that says how it is (path_name.h).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "sp/io/descriptor.h"

namespace sp::load {

class RejectedRows {
 public:
  // `quarantine` is empty: the folder quarantine beside each file.
  RejectedRows(std::string rejects, std::string quarantine);

  // Before anything is loaded: whether the quarantine that was named is there and may be written.
  // Throws Error(kConfig).
  void check() const;
  // Whether rejected rows may have the name of `file` there. Throws Error(kUsage) for one by which
  // sp-load or sp-watch know other files.
  void check_name(const std::string& file) const;
  // Before the commit, when sp-validate has ended: the same of the folder beside `file`, or of the
  // one in which it is to be made, where rejected rows are to come there. Throws Error(kConfig).
  void check(const std::string& file) const;
  // `file` is a path of --source in all of these.
  std::string folder_of(const std::string& file) const;
  // Where its rejected rows are, or their reasons alone.
  std::string place_of(const std::string& file, bool has_rows) const;
  // Whether rejected rows of the file, or of one of that name, lie in its quarantine, or will come
  // there.
  bool are_there(const std::string& file) const;
  bool are_there(const std::string& file, const std::string& name) const;
  // Whether a file `name` beside this one holds the same bytes and may still bring its own. Without
  // a quarantine of the operator's nobody says that what lies beside it is at work. Throws
  // Error(kTempFail) where it cannot be told.
  bool is_at_work(const std::string& file, const std::string& name) const;
  // Moves them there; false where nothing is wrong with the file, or they lie there under a
  // numbered name. Without `has_rows` no row was rejected, and reasons alone go. They take the
  // place of the same bytes, and of what is their beginning: those of the file before it grew.
  // Other bytes of that name are kept under a numbered one. Throws Error(kIoErr).
  bool bring(const std::string& file, bool has_rows);
  // After sync(): removes those of `earlier`, a file of which this one has readings, where its own
  // begin with them: a state before it grew. Throws Error(kIoErr).
  void supersede(const std::string& file, const std::string& earlier);
  // Of the folders that something was brought to. Throws Error(kIoErr).
  void sync() const;

 private:
  // Where sp-validate left its reasons.
  std::string errors_of(const std::string& file) const;
  const Descriptor& open_quarantine(const std::string& folder);
  std::string rejects_, quarantine_;
  std::map<std::string, Descriptor> open_;  // by path
};

}  // namespace sp::load
