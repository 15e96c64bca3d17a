// Names and texts as PostgreSQL reads them.
#pragma once

#include <string>
#include <string_view>

#include "sp/schema/schema.h"

namespace sp {

// In double quotes. Throws Error(kConfig) for one that PostgreSQL cannot have.
std::string identifier(const Schema& schema, const std::string& name);
// The same of a column, which is not to be one that every table has.
std::string column_name(const Schema& schema, const std::string& name);
// Read alike whatever standard_conforming_strings says.
std::string literal(std::string_view text);
// PostgreSQL has no texts with a NUL.
std::string comment_literal(std::string text);

}  // namespace sp
