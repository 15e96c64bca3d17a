// Which file each row came from: by a column of the input where there are several, and what is to
// be done with its rows.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sp/base/key_hash.h"

namespace sp::load {

class FileColumn {
 public:
  // `column` is empty where all rows are of one file. `names` are the files as rows name them; they
  // must differ.
  FileColumn(std::string column, const std::vector<std::string>& names);
  const std::string& column() const { return column_; }
  std::size_t size() const { return files_.size(); }
  // By the name as it was given or, as text of PostgreSQL and JSON is UTF-8, with U+FFFD in the
  // place of what is not, where that names only one.
  std::optional<std::size_t> find(std::string_view name) const;

  // Its rows are loaded under this number; until then, and after skip(), they are passed over.
  void load(std::size_t file, std::string ingest_id) {
    files_[file] = {std::move(ingest_id), true};
  }
  void skip(std::size_t file) { files_[file].is_loaded = false; }
  bool is_loaded(std::size_t file) const { return files_[file].is_loaded; }
  const std::string& ingest_id(std::size_t file) const { return files_[file].ingest_id; }

 private:
  struct File {
    std::string ingest_id;
    bool is_loaded = false;
  };
  static constexpr std::size_t kSeveral = static_cast<std::size_t>(-1);
  std::string column_;
  std::vector<File> files_;
  KeyMap<std::size_t> by_name_, by_mended_name_;
};

}  // namespace sp::load
