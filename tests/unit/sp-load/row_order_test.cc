// Rows of a binary COPY in the order of their key, and which of them the server's lines are.
#include "sp-load/copy/row_order.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace {

using sp::load::CopyBuffer;
using sp::load::RowOrder;

// A bigint, an integer (or NULL) and a text that tells which row it is.
struct Row {
  std::int64_t a;
  std::optional<std::int32_t> b;
  std::string text;
  bool operator==(const Row&) const = default;
};

void append(CopyBuffer& out, const Row& row) {
  char* p = out.reserve(2 + 12 + 8 + 4);
  char* const begin = p;
  sp::load::put16(p, 3);
  sp::load::put32(p + 2, 8);
  sp::load::put64(p + 6, static_cast<std::uint64_t>(row.a));
  p += 14;
  sp::load::put32(p, row.b ? 4 : sp::load::kNullLength);
  p += 4;
  if (row.b) {
    sp::load::put32(p, static_cast<std::uint32_t>(*row.b));
    p += 4;
  }
  sp::load::put32(p, static_cast<std::uint32_t>(row.text.size()));
  out.commit(static_cast<std::size_t>(p + 4 - begin));
  out.append(row.text);
}

std::vector<std::string> texts(std::string_view bytes) {
  std::vector<std::string> found;
  while (!bytes.empty()) {
    bytes.remove_prefix(2);
    for (int field = 0; field < 3; ++field) {
      std::uint32_t size = sp::load::get32(bytes.data());
      bytes.remove_prefix(4);
      if (size == sp::load::kNullLength) size = 0;
      if (field == 2) found.emplace_back(bytes.substr(0, size));
      bytes.remove_prefix(size);
    }
  }
  return found;
}

std::vector<std::string> arranged(RowOrder& order, const std::vector<Row>& rows) {
  CopyBuffer buffer;
  buffer.append("before");
  for (const Row& row : rows) {
    const std::size_t begin = buffer.size();
    append(buffer, row);
    order.add(buffer, begin);
  }
  order.arrange(buffer);
  CHECK(buffer.view().starts_with("before"));
  return texts(buffer.view().substr(6));
}

TEST_CASE("rows are sent by the first two columns of the key, equal ones as they came") {
  RowOrder order({0, 1});
  const std::vector<Row> rows = {{7, 2, "1"},  {-1, 5, "2"}, {7, -3, "3"}, {INT64_MIN, 0, "4"},
                                 {-1, 5, "5"}, {7, 1, "6"},  {300, 0, "7"}};
  CHECK(arranged(order, rows) == std::vector<std::string>{"4", "2", "5", "3", "6", "1", "7"});
  const std::uint64_t lines[] = {4, 2, 5, 3, 6, 1, 7};
  for (std::uint64_t line = 1; line <= 7; ++line) CHECK(order.row_of_line(line) == lines[line - 1]);
  CHECK(order.row_of_line(8) == 0);
}

TEST_CASE("the key's order is not that of the row, and may have a text or nothing in it") {
  RowOrder by_second({1, 0});
  CHECK(arranged(by_second, {{1, 9, "a"}, {2, 8, "b"}, {1, 8, "c"}}) ==
        std::vector<std::string>{"c", "b", "a"});
  RowOrder by_text({2});
  CHECK(arranged(by_text, {{1, {}, "sensors-9"}, {1, {}, "b"}, {1, {}, "sensors-1"}}) ==
        std::vector<std::string>{"b", "sensors-9", "sensors-1"});
}

TEST_CASE("rows without a key go as they come, and lines are rows") {
  RowOrder order;
  CHECK(arranged(order, {{3, 1, "a"}, {1, 1, "b"}}) == std::vector<std::string>{"a", "b"});
  CHECK(order.row_of_line(2) == 2);
  RowOrder by_key({0, 1});
  by_key.restart(false);  // the table has no key yet
  CHECK(arranged(by_key, {{3, 1, "a"}, {1, 1, "b"}}) == std::vector<std::string>{"a", "b"});
  CHECK(by_key.row_of_line(2) == 2);
}

TEST_CASE("lines are told of the last pieces of a COPY, and anew in the next") {
  RowOrder order({0, 1});
  std::mt19937 random(1);
  std::vector<std::string> sent;
  int n = 0;
  for (int piece = 0; piece < 12; ++piece) {
    std::vector<Row> rows(1 + random() % 50);
    for (Row& row : rows) {
      row = {static_cast<std::int64_t>(random() % 9), static_cast<std::int32_t>(random() % 9),
             std::to_string(++n)};
    }
    for (const std::string& text : arranged(order, rows)) sent.push_back(text);
  }
  for (std::size_t line = 1; line <= sent.size(); ++line) {
    CHECK(std::to_string(order.row_of_line(line)) == sent[line - 1]);
  }
  for (int piece = 0; piece < 20; ++piece) arranged(order, {{2, 1, "x"}, {1, 1, "y"}});
  CHECK(order.row_of_line(1) == 0);
  order.restart();
  arranged(order, {{2, 1, "x"}, {1, 1, "y"}});
  CHECK(order.row_of_line(1) == 2);
}

}  // namespace
