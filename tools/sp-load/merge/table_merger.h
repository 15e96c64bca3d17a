// Rows that are known to a table of anybody's: they are compared and brought in by plain SQL.
#pragma once

#include <memory>
#include <string>

#include "sp-load/merge/merge.h"
#include "sp-load/merge/merger.h"
#include "sp-load/options.h"

namespace sp::load {

class TableMerger final : public Merger {
 public:
  // All must outlive it.
  TableMerger(Connection& connection, const Table& table, const LoadOptions& options,
              std::size_t files)
      : connection_(connection), table_(table), options_(options), files_(files) {}
  bool takes_known() const override {
    return options_.on_known == OnKnown::kSkip || options_.on_conflict != OnConflict::kError;
  }
  void stage(const CopyPlan& plan) override {
    stage_ = std::make_unique<Stage>(connection_, table_, plan, files_);
  }
  const std::string& name() const override { return stage_->name(); }
  void fill(RowPass& pass, BadText bad_text, const std::function<bool()>& choose) override {
    stage_->fill(pass, bad_text, choose);
  }
  std::optional<Merged> merge() override {
    Merged out;
    const bool replaces = options_.on_conflict == OnConflict::kReplace;
    if (replaces) out.conflicts = stage_->find_conflicts(true);
    out.inserted = replaces ? stage_->upsert() : stage_->insert_new();
    if (!replaces) out.conflicts = stage_->find_conflicts(false);
    return out;
  }

 private:
  Connection& connection_;
  const Table& table_;
  const LoadOptions& options_;
  std::size_t files_;
  std::unique_ptr<Stage> stage_;
};

}  // namespace sp::load
