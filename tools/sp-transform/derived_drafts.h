// The columns that a schema or --derive computes from others, while flags are added to them.
#pragma once

#include <string>
#include <vector>

#include "sp-transform/drafts.h"
#include "sp/schema/schema.h"
#include "sp/table/columns.h"

namespace sp {

// One of the schema's. Where the input may lack a field, what needs it is empty.
void add_schema_derived(const Derived& derived, const Schema& schema, const Columns& columns,
                        Drafts& drafts);
// One of --derive NAME=FORMULA. Throws Error(kUsage).
void add_flag_derived(const std::string& name, const std::string& formula, Drafts& drafts);
// Once all that is asked of the columns they need is known. `ignored` are columns of the input that
// go nowhere, but may be needed. Throws Error: kUsage for what a flag asks and cannot be done,
// kConfig for what the schema does.
void complete_derivations(Drafts& drafts, const std::vector<Draft>& ignored, const Schema* schema);

// The times in rows of columns that are melted and have a zone of their own. Must come last.
void add_zoned_times(const Melt& melt, const std::vector<Draft>& ignored, Drafts& drafts);

// Throws Error(kConfig) where numbers are asked for of what is none.
void check_number(const Draft& draft, const Drafts& drafts, const Schema* schema);

}  // namespace sp
