// Columns whose values name a row: found by keeping a hash of each row's values
// in as many ways as the first rows suggest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sp/schema/schema.h"
#include "sp/table/columns.h"

namespace sp {

// Hashes that were there. Of two that are the same one may have been of another
// value: then a key is not found that is one, but none is found that is none.
class HashSet {
 public:
  HashSet();
  // False where it was there.
  bool insert(std::uint64_t hash);
  std::size_t size() const { return size_; }

 private:
  void grow();
  std::vector<std::uint64_t> slots_;  // 0: free
  std::size_t size_ = 0;
};

// A text of a time of day without the zeros that do not count: "7:5:0.5" of "07:05:00.500"; others
// as they are.
std::string unpadded(std::string_view text);
// A key's hash with one more value: the same for texts that are one value, as 5 and +5.
std::uint64_t add_to_hash(std::uint64_t hash, std::string_view text);

// How near a name is to that of a column, of texts or whole numbers, that says which sensor a row
// is of: 1 for "sensor", 2 for "station", 3 for "code"; 0: it is none.
int key_rank(const std::string& name);
inline bool may_name_things(const std::string& name) { return key_rank(name) > 0; }
// Or number the rows.
bool may_number_rows(const std::string& name);

class GuessedKeys {
 public:
  // `types` are those of the first rows.
  GuessedKeys(const Columns& columns, const std::vector<FieldType>& types);
  // `row` gives the text of a column by its index: a Record, or a vector of
  // texts.
  template <class Row>
  void see(const Row& row) {
    if (candidates_.empty() || !count_row()) return;
    for (Candidate& candidate : candidates_) {
      if (has_many(candidate)) continue;
      std::uint64_t hash = 0;
      for (const std::size_t column : candidate.columns) hash = add_to_hash(hash, row[column]);
      if (!candidate.seen.insert(hash)) ++candidate.again;
      if (has_many(candidate)) candidate.seen = HashSet();
    }
  }
  // Keys that no two rows share, the best first. Their columns may have missing
  // values.
  std::vector<std::vector<std::size_t>> found() const;
  // How many rows have the values of another in these columns; kMany where that is more than one in
  // fifty; nothing where they were not looked at.
  std::optional<std::uint64_t> repeated(std::vector<std::size_t> columns) const;
  // Whether there were too many rows to keep a hash of each.
  bool gave_up() const { return gave_up_; }

  static constexpr std::uint64_t kMany = UINT64_MAX;
  static constexpr std::size_t kMostRows = std::size_t{1} << 21;

 private:
  struct Candidate {
    std::vector<std::size_t> columns;
    HashSet seen;
    std::uint64_t again = 0;  // rows whose values another one has
  };
  bool has_many(const Candidate& candidate) const {
    return candidate.again > kFewAgain && candidate.again * 50 > rows_;
  }
  static constexpr std::uint64_t kFewAgain = 100;  // of a file's beginning nothing can be told
  bool count_row();                                // false where there are too many
  std::vector<Candidate> candidates_;
  std::uint64_t rows_ = 0;
  bool gave_up_ = false;
};

}  // namespace sp
