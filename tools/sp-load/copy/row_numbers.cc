#include "sp-load/copy/row_numbers.h"

namespace sp::load {

void RowNumbers::add(const RowNumbers& other) {
  received += other.received;
  loaded += other.loaded;
  completed += other.completed;
  known += other.known;
  kept_out += other.kept_out;
  replaced += other.replaced;
  expired += other.expired;
  skipped += other.skipped;
}

}  // namespace sp::load
