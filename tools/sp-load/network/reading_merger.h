// Readings whose sensor and time the database has: they wait in a table of the database's own until
// all else of the load is there, and then the database judges them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sp-load/merge/merger.h"
#include "sp-load/merge/side_table.h"
#include "sp-load/network/reading_names.h"

namespace sp::load {

class ReadingMerger final : public Merger {
 public:
  // All must outlive it. `quantities` are the columns that the input has.
  ReadingMerger(Connection& connection, const Table& table, const ReadingNames& names,
                std::vector<std::string> quantities)
      : connection_(connection), table_(table), names_(names), quantities_(std::move(quantities)) {}
  bool takes_known() const override { return true; }
  void stage(const CopyPlan& plan) override;
  const std::string& name() const override { return rows_->name(); }
  void fill(RowPass& pass, BadText bad_text, const std::function<bool()>& choose) override;
  std::optional<Merged> merge() override {
    is_staged_ = true;
    return std::nullopt;
  }
  bool is_staged() const { return is_staged_; }

 private:
  Connection& connection_;
  const Table& table_;
  const ReadingNames& names_;
  std::vector<std::string> quantities_;
  std::unique_ptr<SideTable> rows_;
  bool is_staged_ = false;
};

}  // namespace sp::load
