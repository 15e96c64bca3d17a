#include "sp-load/copy/row_order.h"

#include <algorithm>
#include <tuple>

namespace sp::load {
namespace {

constexpr std::size_t kKeyColumns = 2;
constexpr std::size_t kPieces = 16;

// Of a value of up to eight bytes: the number that they are in network order, lifted so that
// negative ones come first. Of a longer one: its beginning.
std::uint64_t comparable(const char* at, std::uint32_t size) {
  const std::uint32_t used = std::min<std::uint32_t>(size, 8);
  std::uint64_t value = 0;
  for (std::uint32_t i = 0; i < used; ++i) {
    value = value << 8 | static_cast<unsigned char>(at[i]);
  }
  value <<= 8 * (8 - used);
  return value ^ std::uint64_t{1} << 63;
}

}  // namespace

RowOrder::RowOrder(std::vector<std::size_t> key) : key_(std::move(key)) {
  if (key_.size() > kKeyColumns) key_.resize(kKeyColumns);
}

void RowOrder::restart(bool arranges) {
  arranges_ = arranges && !key_.empty();
  rows_.clear();
  pieces_.clear();
  in_order_ = true;
  arranged_ = 0;
}

bool RowOrder::is_before(const Row& a, const Row& b) {
  return std::tie(a.key[0], a.key[1], a.number) < std::tie(b.key[0], b.key[1], b.number);
}

// A row is the number of its fields (two bytes), then for each its size (four bytes) and its bytes.
void RowOrder::add(const CopyBuffer& buffer, std::size_t begin) {
  if (!arranges_) return;
  const char* const base = buffer.view().data();
  Row row{{0, 0},
          static_cast<std::uint32_t>(begin),
          static_cast<std::uint32_t>(buffer.size() - begin),
          static_cast<std::uint32_t>(rows_.size())};
  for (std::size_t k = 0; k < key_.size(); ++k) {
    const char* at = base + begin + 2;
    for (std::size_t field = 0; field < key_[k]; ++field) {
      const std::uint32_t size = get32(at);
      at += 4 + (size == kNullLength ? 0 : size);
    }
    const std::uint32_t size = get32(at);
    if (size != kNullLength) row.key[k] = comparable(at + 4, size);
  }
  if (!rows_.empty() && is_before(row, rows_.back())) in_order_ = false;
  rows_.push_back(row);
}

void RowOrder::arrange(CopyBuffer& buffer) {
  if (rows_.empty()) return;
  Piece piece{arranged_, rows_.size(), {}};
  if (!in_order_) {
    const std::size_t begin = rows_.front().begin;
    std::sort(rows_.begin(), rows_.end(), is_before);
    sorted_.truncate(0);
    for (const Row& row : rows_) {
      sorted_.append(buffer.view().substr(row.begin, row.size));
      piece.order.push_back(row.number);
    }
    buffer.truncate(begin);
    buffer.append(sorted_.view());
  }
  arranged_ += rows_.size();
  pieces_.push_back(std::move(piece));
  if (pieces_.size() > kPieces) pieces_.pop_front();
  rows_.clear();
  in_order_ = true;
}

std::uint64_t RowOrder::row_of_line(std::uint64_t line) const {
  if (!arranges_) return line;
  const std::uint64_t number = line - 1;
  for (const Piece& piece : pieces_) {
    if (number < piece.first || number - piece.first >= piece.count) continue;
    const auto at = static_cast<std::size_t>(number - piece.first);
    return piece.first + (piece.order.empty() ? at : piece.order[at]) + 1;
  }
  return 0;
}

}  // namespace sp::load
