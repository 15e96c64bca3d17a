#include "sp-load/network/reading_merger.h"

#include "sp-load/db/array_literal.h"

namespace sp::load {
namespace {

constexpr Oid kBigint = 20;

}  // namespace

void ReadingMerger::stage(const CopyPlan& plan) {
  const Param names[] = {array_literal(quantities_)};
  connection_.run("SELECT sp.stage_rows($1::text[])", names);
  std::vector<CopyColumn> columns = plan.columns;
  for (CopyColumn& column : columns) {
    if (column.column->name == "location_id") column.filled = &names_.place_id();
  }
  const std::vector<SideTable::OwnColumn> own = {{"sp_position", kBigint}};
  rows_ = std::make_unique<SideTable>(connection_, table_, "sp_stage", columns, plan.format, own);
}

void ReadingMerger::fill(RowPass& pass, BadText bad_text, const std::function<bool()>& choose) {
  rows_->fill(pass, bad_text, [&] {
    if (!choose()) return false;
    rows_->set_own(0, std::to_string(pass.position()));
    return true;
  });
}

}  // namespace sp::load
