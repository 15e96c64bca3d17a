// Which of several readings a column has, where its cells alone do not tell: the order of day and
// month, the sign of decimals, zeros before numbers, numbers that count or write times.
#pragma once

#include "sp-schema/infer/schema_draft.h"

namespace sp {

// Chooses one for each of draft.guesses.
void choose_readings(SchemaDraft& draft);

}  // namespace sp
