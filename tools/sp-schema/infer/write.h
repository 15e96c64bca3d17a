// What was decided of an input, as a schema in JSON.
#pragma once

#include <string>

#include "sp-schema/infer/schema_draft.h"

namespace sp {

std::string to_json(const SchemaDraft& draft);

}  // namespace sp
