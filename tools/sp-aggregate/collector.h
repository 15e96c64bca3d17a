// Folds rows into a Summary: rows of measurements (make_row_collector), or states that --partial
// wrote (make_state_collector).
#pragma once

#include <memory>

#include "sp-aggregate/options.h"
#include "sp-aggregate/summary.h"
#include "sp/schema/schema.h"
#include "sp/table/record_reader.h"

namespace sp {

class Collector {
 public:
  virtual ~Collector() = default;
  // Begins an input: finds its columns. The first one decides on the shape of the summary.
  virtual void bind(const RecordReader& reader) = 0;
  // Takes one sound row. False where it is no data: a header that `cat` left among the states.
  // Throws Error(kDataErr) that names the cell which cannot be used.
  virtual bool add(const Record& record) = 0;
  // After the last row: fills summary().entries, not yet in order.
  virtual void finish() = 0;
  Summary& summary() { return summary_; }

 protected:
  Summary summary_;
};

// `schema` may be null; otherwise it must outlive the collector, as `options` must.
std::unique_ptr<Collector> make_row_collector(const AggregateOptions& options,
                                              const Schema* schema);
std::unique_ptr<Collector> make_state_collector(const AggregateOptions& options);

}  // namespace sp
