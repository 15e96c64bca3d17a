#include "sp-load/copy/row_pass.h"

#include <fmt/format.h>

#include <algorithm>

#include "sp-load/ledger/file_place.h"
#include "sp/base/excerpt.h"
#include "sp/base/json_text.h"

namespace sp::load {
namespace {

// An attribute that is another dimension's key stays in the row.
std::vector<std::string> columns_that_leave(const std::vector<DimensionTarget>& dimensions) {
  std::vector<std::string> out;
  for (const DimensionTarget& dimension : dimensions) {
    for (const std::string& attribute : dimension.spec.attributes) {
      const bool is_key =
          std::any_of(dimensions.begin(), dimensions.end(),
                      [&](const DimensionTarget& other) { return other.spec.key == attribute; });
      if (!is_key) out.push_back(attribute);
    }
  }
  return out;
}

std::vector<std::string> targets_of(const RowSource& from, const Columns& input) {
  std::vector<std::string> out = from.names == nullptr ? input.names() : from.names->targets();
  std::vector<std::string> leaving = columns_that_leave(from.dimensions);
  const bool names_file = from.files != nullptr && !from.files->column().empty();
  if (names_file && from.table.find(from.files->column()) == nullptr) {
    leaving.push_back(from.files->column());
  }
  for (std::string& target : out) {
    if (std::find(leaving.begin(), leaving.end(), target) != leaving.end()) target.clear();
  }
  return out;
}

std::vector<FilledColumn> filled_columns(const RowSource& from, const std::string& ingest_id) {
  std::vector<FilledColumn> out;
  if (from.names != nullptr) out = from.names->filled();
  if (from.files != nullptr) out.push_back({"ingest_id", &ingest_id});
  return out;
}

std::optional<std::size_t> find_file_column(const RecordReader& reader, const FileColumn* files) {
  if (files == nullptr || files->column().empty()) return std::nullopt;
  const auto column = reader.columns().find(files->column());
  if (!column && files->size() > 1 && reader.columns().size() > 0) {
    throw Error(ExitCode::kDataErr,
                "the input lacks this column, by which --source-column tells the file of each row",
                {reader.name(), 0, 0, files->column()});
  }
  return column;
}

}  // namespace

RowPass::RowPass(const RowSource& from)
    : reader_(from.input.open()),
      ingest_id_(from.files == nullptr ? "" : from.files->ingest_id(0)),
      plan_(make_copy_plan(reader_->columns(), reader_->name(), from.table,
                           targets_of(from, reader_->columns()), filled_columns(from, ingest_id_))),
      encoder_(plan_, *reader_, from.bad_text),
      source_column_(reader_->columns().find("source")),
      table_(from.table),
      files_(from.files),
      file_column_(find_file_column(*reader_, from.files)),
      is_loaded_(from.files == nullptr || from.files->is_loaded(0)),
      names_(from.names),
      facts_(from.files == nullptr ? 1 : from.files->size()),
      kept_since_(from.kept_since),
      progress_(from.progress, "sp-load") {
  if (names_ != nullptr) names_->begin();
  for (const DimensionTarget& dimension : from.dimensions) {
    dimensions_.push_back(
        std::make_unique<Dimension>(dimension.spec, dimension.table, *reader_, from.bad_text));
  }
}

// False where the row is of a file that is not loaded.
inline bool RowPass::enter_file() {
  if (file_column_ && file_name_ != record_[*file_column_]) change_file();
  if (!is_loaded_) ++facts_[file_].skipped;
  return is_loaded_;
}

void RowPass::change_file() {
  const std::string_view name = record_[*file_column_];
  const auto file = files_->find(name);
  if (!file) {
    throw Error(ExitCode::kDataErr, excerpt(name) + " is none of the files of --source",
                reader_->locate(record_, files_->column()));
  }
  file_name_ = name;
  file_ = *file;
  is_loaded_ = files_->is_loaded(file_);
  ingest_id_ = files_->ingest_id(file_);
}

bool RowPass::advance() {
  do {
    if (!reader_->next(record_)) {
      progress_.finish(*reader_, position_);
      return false;
    }
    require_sound(*reader_, record_);
  } while (!enter_file() || (names_ != nullptr && names_->skips(record_)));
  ++position_;
  if (names_ != nullptr) lacks_numbers_ = !names_->read(record_, *reader_);
  progress_.tick(*reader_, position_);
  return true;
}

bool RowPass::next(CopyBuffer& out) {
  if (!advance()) return false;
  encode(out);
  return true;
}

inline void RowPass::note_facts() {
  RowFacts& facts = facts_[file_];
  if (names_ != nullptr) {
    if (facts.rows == 0) facts.source = names_->source();
    if (facts.source != names_->source() && !facts.has_sources) {
      facts.has_sources = true;
      facts.source.clear();
    }
  } else if (facts.rows == 0 && source_column_) {
    facts.source = replace_bad_text(record_[*source_column_]);
  }
  ++facts.rows;
  if (is_expired()) {
    ++facts.expired;
  } else if (encoder_.time() != kNoTime) {
    facts.times.add(encoder_.time());
  }
}

void RowPass::encode(CopyBuffer& out) {
  fill();
  encoder_.encode(record_, out);
  for (const auto& dimension : dimensions_) dimension->add(record_);
  note_facts();
}

// Names of rows that come are asked for together with those of this one: the further ahead, the
// thicker new ones come.
void RowPass::find_numbers(Connection& connection) {
  constexpr std::uint64_t kAhead = 2048;  // rows
  ahead_ = position_ < found_to_ + ahead_ ? ahead_ * 2 : kAhead;
  found_to_ = position_ + ahead_;
  names_->find(connection, found_to_);
  lacks_numbers_ = !names_->read(record_, *reader_);
}

void RowPass::find_all_numbers(Connection& connection) {
  if (names_ != nullptr) names_->find(connection, UINT64_MAX);
}

std::string RowPass::key() const {
  std::string out = names_ != nullptr ? names_->shown() : "";
  for (const CopyColumn& column : plan_.columns) {
    const auto& key = table_.primary_key;
    if (!out.empty() && column.filled != nullptr) continue;
    if (std::find(key.begin(), key.end(), column.column->name) == key.end()) continue;
    out +=
        (out.empty() ? "" : ", ") + column.column->name + " " + excerpt(column.value_of(record_));
  }
  return out;
}

// The row's number is that in the input, and not in the file that it is of.
Location RowPass::where(const std::string& field) const {
  Location out = reader_->locate(record_, field);
  if (file_name_)
    out.file = (out.file == "-" ? "the rows received" : out.file) + " of " + *file_name_;
  return out;
}

std::vector<FoundRow> find_rows(const RowSource& from,
                                const std::vector<std::uint64_t>& positions) {
  RowSource quietly = from;
  quietly.progress = false;
  RowPass pass(quietly);
  std::vector<FoundRow> out;
  for (const std::uint64_t position : positions) {
    while (pass.position() < position && pass.advance()) {
    }
    pass.fill();
    out.push_back({pass.key(), pass.where("")});
  }
  return out;
}

std::string about_row_before(const LoadOptions& options, const RowSource& from, const FoundRow& row,
                             const std::vector<std::string>& key) {
  RowSource quietly = from;
  quietly.progress = false;
  RowPass pass(quietly);
  while (pass.advance()) {
    const Location where = pass.where("");
    if (where.row >= row.where.row) break;
    pass.fill();
    if (where.file != row.where.file || pass.key() != row.key) continue;
    const Location there = in_file(options, where);
    JsonArray names;
    for (const std::string& name : key) names.add(name);
    return fmt::format(
        "; row {} (line {}) has the same key: \"primaryKey\": {} in the schema lets "
        "sp-validate reject the second of such rows",
        there.row, there.line, names.str());
  }
  return "";
}

void RowPass::insert_dimensions(Connection& connection, const Log& log) const {
  for (const auto& dimension : dimensions_) dimension->insert(connection, log);
}

}  // namespace sp::load
