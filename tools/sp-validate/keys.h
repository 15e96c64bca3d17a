// The keys of rows: a field's `unique`, `uniqueKeys`, `primaryKey` and `foreignKeys` of the Table
// Schema. Memory grows with the distinct keys.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "sp-validate/column.h"
#include "sp-validate/violation.h"
#include "sp/base/key_hash.h"
#include "sp/base/key_table.h"

namespace sp {

class Keys {
 public:
  // All must outlive it. `columns` has one for each field; those of a primary key become required.
  // Throws Error(kConfig) for a foreign key whose types do not fit.
  Keys(const Schema& schema, std::vector<CheckedColumn>& columns, ViolationLog& log);
  bool empty() const { return is_empty_; }
  // The input that the next rows are of; must come first.
  void set_input(const std::string& name) { inputs_.push_back(name); }
  // The row whose values the columns hold. Logs each key of it that is there already. Its own are
  // kept only where it `is_valid` so far, so that a bad row does not take its good twin along.
  void check(const Record& record, bool is_valid);
  // After the last row of inputs whose keys bind one another: logs foreign keys that no row has,
  // and forgets all keys. Their rows have passed, so the inputs as a whole are wrong; the result
  // says why, or is empty.
  std::string finish();

 private:
  enum class Kind { kUnique, kUniqueKey, kPrimary };
  // Where a key was seen.
  struct Origin {
    std::uint32_t file = 0;  // index of the input
    std::uint64_t row = 0;
    bool operator<(const Origin& other) const {
      return std::tie(file, row) < std::tie(other.file, other.row);
    }
  };
  struct Key {
    std::vector<std::size_t> columns;
    Kind kind = Kind::kUnique;
    KeyTable seen;
    std::vector<Origin> origins;  // of each key seen
    std::string current;          // of the row at hand; empty: none
  };
  // Where a key was used that no row had so far.
  struct Use {
    Origin origin;
    std::uint64_t line = 0;
    std::string shown;
  };
  // What a foreign key refers to may come later, in a row of the same input or a later one.
  struct Reference {
    std::vector<std::size_t> columns, referenced;
    KeyTable there;
    KeyMap<std::vector<Use>> open;
    std::string current;
  };

  void add_key(const std::vector<std::string>& names, Kind kind);
  void add_reference(const ForeignKey& key, std::size_t index);
  std::vector<std::size_t> columns_of(const std::vector<std::string>& names);
  Origin origin_of(const Record& record) const {
    return {static_cast<std::uint32_t>(inputs_.size() - 1), record.row()};
  }
  void check_reference(const Record& record, Reference& reference);
  bool make_key(const std::vector<std::size_t>& columns, std::string& key) const;
  std::string values_of(const std::vector<std::size_t>& columns) const;
  std::string labels_of(const std::vector<std::size_t>& columns) const;
  void fail(const Record& record, const Key& key, Origin first);
  void fail(const Reference& reference, const Use& use);

  const Schema& schema_;
  std::vector<CheckedColumn>& columns_;
  ViolationLog& log_;
  std::vector<Key> keys_;
  std::vector<Reference> references_;
  std::vector<std::string> inputs_;
  bool is_empty_ = true;
};

}  // namespace sp
