#include "sp-load/journal/bring_journal.h"

#include <map>
#include <utility>
#include <vector>

#include "sp-load/db/array_literal.h"
#include "sp-load/journal/journal_file.h"
#include "sp/base/diagnostic.h"

namespace sp::load {
namespace {

// Of a journal in which nothing is to be noted, a load reads so much again rather than write down
// that it was read.
constexpr std::uint64_t kWorthAWrite = 64 << 10;  // bytes
constexpr std::uint64_t kMostOfALoad = 4 << 20;

class Bringer {
 public:
  explicit Bringer(Connection& connection) : connection_(connection) {}

  // Asks how far these files were brought.
  void ask(const std::vector<JournalFile>& files) {
    std::vector<std::string> ids;
    ids.reserve(files.size());
    for (const JournalFile& file : files) ids.push_back(file.id());
    const Result found = connection_.run_alone(
        "SELECT first_line, position FROM sp.journal WHERE first_line = ANY (" +
        connection_.literal(array_literal(ids)) + "::text[])");
    for (int i = 0; i < found.rows(); ++i) {
      positions_[found.string(i, 0)] = static_cast<std::uint64_t>(found.integer(i, 1));
    }
    // A power cut may have taken lines that were brought, and others stand in their place.
    for (const JournalFile& file : files) {
      if (knows(file) && !file.is_begin_of_line(positions_[file.id()])) positions_[file.id()] = 0;
    }
  }
  bool knows(const JournalFile& file) const { return positions_.contains(file.id()); }

  // Reads on from where the file was left, some MiB at most; returns how many bytes it read.
  std::uint64_t bring(const JournalFile& file) {
    const auto known = positions_.find(file.id());
    const bool is_new = known == positions_.end();
    std::uint64_t& position = is_new ? positions_[file.id()] : known->second;
    const std::uint64_t begin = position;
    while (position - begin < kMostOfALoad) {
      std::uint64_t next = position;
      read(file.lines(position, next));
      if (next == position) break;
      position = next;
    }
    if (is_new || !outcomes_.empty() || position - begin >= kWorthAWrite) note(&file, position);
    return position - begin;
  }

  // Of the host and folder whose journal that is.
  void note(std::vector<FileOutcome> outcomes, const JournalFile& journal) {
    for (FileOutcome& outcome : outcomes) {
      if (reader_.read_place(journal.first_line(), outcome)) outcomes_.add(std::move(outcome));
    }
    if (!outcomes_.empty()) note(nullptr, 0);
  }
  const BroughtLines& brought() const { return brought_; }

 private:
  void read(std::string_view lines) {
    for (std::size_t end = 0; !lines.empty(); lines.remove_prefix(end + 1)) {
      end = lines.find('\n');
      if (end == 0) continue;
      FileOutcome outcome;
      const LineKind kind = reader_.read(lines.substr(0, end), outcome);
      if (kind == LineKind::kOutcome) outcomes_.add(std::move(outcome));
      if (kind == LineKind::kUnknown) ++brought_.unknown;
    }
  }

  // A crash of the server may undo both; they are brought again then, and nobody waits for a disk.
  void note(const JournalFile* file, std::uint64_t position) {
    std::string call = "SET LOCAL synchronous_commit = off; SELECT sp.note_outcomes(" +
                       connection_.literal(outcomes_.json());
    if (file != nullptr) {
      call += ", " + connection_.literal(file->id()) + ", " + connection_.literal(file->path()) +
              ", " + std::to_string(position);
    }
    const Result noted = connection_.run_alone(call + ")");
    brought_.files += static_cast<std::uint64_t>(noted.integer(0, 0));
    outcomes_ = {};
  }

  Connection& connection_;
  JournalReader reader_;
  FileOutcomes outcomes_;
  std::map<std::string, std::uint64_t> positions_;  // by the file's id
  BroughtLines brought_;
};

// The journal that is written now is the last of them; it is not there, or empty, for a moment
// after a rotation.
std::vector<JournalFile> with_rotated(const std::string& path, std::vector<JournalFile> newest) {
  std::vector<JournalFile> files = JournalFile::rotated_from(path);
  for (JournalFile& file : newest) files.push_back(std::move(file));
  return files;
}

std::vector<JournalFile> newest_of(std::optional<JournalFile> file) {
  std::vector<JournalFile> out;
  if (file && !file->first_line().empty()) out.push_back(std::move(*file));
  return out;
}

}  // namespace

BroughtLines bring_journal(Connection& connection, const std::string& path) {
  auto newest = JournalFile::open(path);
  if (!newest) throw_errno("open the journal", path, ExitCode::kNoInput);
  const auto files = with_rotated(path, newest_of(std::move(newest)));
  Bringer bringer(connection);
  bringer.ask(files);
  for (const JournalFile& file : files) {
    while (bringer.bring(file) > 0) continue;
  }
  return bringer.brought();
}

void bring_new_lines(Connection& connection, const std::string& path,
                     std::vector<FileOutcome> outcomes) {
  std::vector<JournalFile> files = newest_of(JournalFile::open(path));
  Bringer bringer(connection);
  if (!files.empty()) bringer.ask(files);
  if (files.empty() || !bringer.knows(files.back())) {
    files = with_rotated(path, std::move(files));
    bringer.ask(files);
  }
  std::uint64_t read = 0;
  for (const JournalFile& file : files) {
    if (read < kMostOfALoad) read += bringer.bring(file);
  }
  // These are later than what the journal says of the same files.
  if (!files.empty()) bringer.note(std::move(outcomes), files.back());
}

}  // namespace sp::load
