#include "sp-aggregate/group_key.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sp/base/key_table.h"

namespace {

TEST_CASE("keys of different cells differ") {
  const std::vector<std::vector<std::string>> rows = {
      {"ab", "c"}, {"a", "bc"}, {"abc", ""}, {"", "abc"}, {std::string("\0", 1), ""}, {"", ""}};
  sp::KeyTable groups;
  for (const auto& row : rows) {
    sp::GroupKey key;
    for (const std::string& cell : row) key.add_text(cell);
    key.add_number(-7);
    groups.find_or_add(key.bytes());
    sp::GroupKeyReader reader(groups.key(static_cast<std::uint32_t>(groups.size() - 1)));
    for (const std::string& cell : row) CHECK(reader.text() == cell);
    CHECK(reader.number() == -7);
  }
  CHECK(groups.size() == rows.size());
}

}  // namespace
