// Which other rows are made of those of an input: by --melt, --spread or the schema.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sp-transform/drafts.h"
#include "sp-transform/options.h"
#include "sp/schema/schema.h"

namespace sp {

// One of the two, or none.
struct Reshape {
  std::optional<Spread> spread;
  std::optional<Melt> melt;  // without fields: the columns that have the role measure
  bool is_of_flag = false;
  bool may_lack = false;  // of melt's fields some, in an input
};

// What flags say goes before the schema, which may be null. Throws Error(kUsage) for flags that
// contradict one another or it.
Reshape reshape_of(const TransformOptions& options, const Schema* schema);

// The names of the columns that are made, which follow those that are kept.
std::vector<std::string> made_columns(const Reshape& reshape);

// Says of each column what it is to the rows that are made. Throws Error: kUsage or kDataErr for
// one that is not there.
void mark_parts(const Reshape& reshape, Drafts& drafts);

}  // namespace sp
