// Which numbers and texts stand for no value, of each column and of the whole table.
#pragma once

#include "sp-schema/infer/schema_draft.h"

namespace sp {

// A column of nothing but -9999 has no data. The columns' readings are chosen.
void settle_columns_without_data(SchemaDraft& draft);
// Numbers such as -200: one that several columns have is that of the table. The fields are
// those of draft.schema.
void settle_missing_numbers(SchemaDraft& draft);
// Texts. The fields are those of draft.schema.
void settle_missing_texts(SchemaDraft& draft);

}  // namespace sp
