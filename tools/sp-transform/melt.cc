#include "sp-transform/reshaped_rows.h"

namespace sp {
namespace {

class MeltedRows final : public ReshapedRows {
 public:
  MeltedRows(bool has_units, RecordWriter& writer) : ReshapedRows(writer), has_units_(has_units) {}

  void set_plan(const std::vector<OutputColumn>& plan) override {
    plan_ = &plan;
    places_.assign(plan.size(), 0);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < plan.size(); ++i) {
      if (plan[i].part == Part::kKept) places_[i] = kept++;
    }
  }

  void add(const RecordReader& reader, const Record& record,
           const std::vector<Cell>& cells) override {
    const std::vector<OutputColumn>& plan = *plan_;
    row_.clear();
    for (std::size_t i = 0; i < plan.size(); ++i) {
      if (plan[i].part == Part::kKept) row_.push_back(cells[i]);
    }
    const std::size_t kept = row_.size();
    for (std::size_t i = 0; i < plan.size(); ++i) {
      if (plan[i].part != Part::kValue || !has_value(cells[i])) continue;
      row_.resize(kept);
      row_.push_back({plan[i].name, CellKind::kString, false});
      row_.push_back(cells[i]);
      if (has_units_) row_.push_back({plan[i].unit, CellKind::kString, false});
      if (plan[i].times) set_times(*plan[i].times, reader, record);
      write(row_);
      if (plan[i].times) reset_times(*plan[i].times, cells);
    }
  }

 private:
  void set_times(const std::vector<ZonedTime>& times, const RecordReader& reader,
                 const Record& record) {
    for (const ZonedTime& zoned : times) {
      row_[places_[zoned.column]] = derived_cell(reader, record, *zoned.time);
    }
  }
  void reset_times(const std::vector<ZonedTime>& times, const std::vector<Cell>& cells) {
    for (const ZonedTime& zoned : times) row_[places_[zoned.column]] = cells[zoned.column];
  }

  const std::vector<OutputColumn>* plan_ = nullptr;
  bool has_units_;
  std::vector<std::size_t> places_;  // in a row, of the plan's columns that are kept
  std::vector<Cell> row_;
};

}  // namespace

std::unique_ptr<ReshapedRows> melted_rows(bool has_units, RecordWriter& writer) {
  return std::make_unique<MeltedRows>(has_units, writer);
}

}  // namespace sp
