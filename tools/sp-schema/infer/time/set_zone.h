// The zone of times that carry no offset, by what the header and the lines before it name.
#pragma once

#include <vector>

#include "sp-schema/infer/schema_draft.h"

namespace sp {

// Gives `field` the timezone of the times in these columns, and says what is in doubt.
void set_zone(SchemaDraft& draft, const std::vector<std::size_t>& columns, Field& field);

}  // namespace sp
