// Properties that stand where they would do nothing.
#pragma once

#include "sp/json/json_node.h"

namespace sp {

// Anybody may add properties to a schema, and they are passed over. One that the standard or sp has
// elsewhere would be passed over too, and the file read otherwise than its author thinks. Throws
// Error(kConfig) that says where the first such property belongs. Those that people read, and
// `name`, `type` and `format`, which descriptors of all kinds have, are free.
void refuse_misplaced(const JsonNode& schema);

}  // namespace sp
