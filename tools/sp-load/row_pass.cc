#include "row_pass.h"

#include <algorithm>

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

}  // namespace

RowPass::RowPass(const RowSource& from)
    : reader_(from.input.open()),
      plan_(make_copy_plan(reader_->columns(), reader_->name(), from.table,
                           columns_that_leave(from.dimensions), from.ingest_id)),
      encoder_(plan_, *reader_, from.bad_text),
      source_column_(reader_->columns().find("source")),
      progress_(from.progress, "sp-load") {
  for (const DimensionTarget& dimension : from.dimensions) {
    dimensions_.push_back(
        std::make_unique<Dimension>(dimension.spec, dimension.table, *reader_, from.bad_text));
  }
}

bool RowPass::advance() {
  if (!reader_->next(record_)) {
    progress_.finish(*reader_, position_);
    return false;
  }
  require_sound(*reader_, record_);
  ++position_;
  progress_.tick(*reader_, position_);
  return true;
}

bool RowPass::next(CopyBuffer& out) {
  if (!advance()) return false;
  encode(out);
  return true;
}

inline void RowPass::note_facts() {
  if (facts_.rows++ == 0 && source_column_) {
    facts_.source = replace_bad_text(record_[*source_column_]);
  }
  if (encoder_.time() != kNoTime) facts_.times.add(encoder_.time());
}

void RowPass::encode(CopyBuffer& out) {
  encoder_.encode(record_, out);
  for (const auto& dimension : dimensions_) dimension->add(record_);
  note_facts();
}

void RowPass::insert_dimensions(Connection& connection, const Log& log) const {
  for (const auto& dimension : dimensions_) dimension->insert(connection, log);
}

}  // namespace sp::load
