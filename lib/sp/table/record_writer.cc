#include "sp/table/record_writer.h"

namespace sp {

void RowRun::flush() {
  if (size_ == 0) return;
  sink_.append({begin_, size_});
  if (begin_[size_ - 1] != '\n') sink_.append('\n');
  begin_ = nullptr;
  size_ = 0;
}

}  // namespace sp
