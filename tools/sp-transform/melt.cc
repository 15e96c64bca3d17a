#include "sp-transform/reshaped_rows.h"

namespace sp {
namespace {

class MeltedRows final : public ReshapedRows {
 public:
  MeltedRows(bool has_units, RecordWriter& writer) : ReshapedRows(writer), has_units_(has_units) {}

  void set_plan(const std::vector<OutputColumn>& plan) override { plan_ = &plan; }

  void add(const RecordReader&, const Record&, const std::vector<Cell>& cells) override {
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
      write(row_);
    }
  }

 private:
  const std::vector<OutputColumn>* plan_ = nullptr;
  bool has_units_;
  std::vector<Cell> row_;
};

}  // namespace

std::unique_ptr<ReshapedRows> melted_rows(bool has_units, RecordWriter& writer) {
  return std::make_unique<MeltedRows>(has_units, writer);
}

}  // namespace sp
