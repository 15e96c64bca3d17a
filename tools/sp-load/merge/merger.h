// What becomes of rows whose key a table may have already.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sp-load/copy/row_pass.h"
#include "sp-load/merge/conflicts.h"

namespace sp::load {

struct Merged {
  std::vector<std::uint64_t> inserted;  // of each file: rows that were new after all
  std::optional<Conflicts> conflicts;   // nothing where the role may not find out
};

class Merger {
 public:
  virtual ~Merger() = default;
  // Whether such rows may be there at all: else the first is an error of COPY.
  virtual bool takes_known() const = 0;
  // Makes the table that holds them, with the plan's columns. All must outlive it.
  virtual void stage(const CopyPlan& plan) = 0;
  virtual const std::string& name() const = 0;
  // Sends those of `pass` that `choose` wants there.
  virtual void fill(RowPass& pass, BadText bad_text, const std::function<bool()>& choose) = 0;
  // Brings them into the table; nothing where that is done later.
  virtual std::optional<Merged> merge() = 0;
};

}  // namespace sp::load
