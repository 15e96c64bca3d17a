// The header of a file as a schema's dialect reads it, read once for schemas of one dialect.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sp-schema/choose/candidate.h"
#include "sp-schema/choose/file_head.h"
#include "sp/base/diagnostic.h"

namespace sp::choose {

struct Header {
  Columns columns;  // of NDJSON the members that one of the first objects has
  Format format = Format::kCsv;
  char delimiter = '\0';
  bool is_by_position = false;         // there is none: the columns are the schema's fields
  std::vector<std::string> first_row;  // then, the cells of the first row; empty: it is damaged
  std::optional<Error> error;          // it cannot be read so, and nothing else is set
};

class HeaderReader {
 public:
  // Throws as FileHead does.
  explicit HeaderReader(const std::string& file) : head_(file) {}
  explicit HeaderReader(std::unique_ptr<ByteSource> source) : head_(std::move(source)) {}
  // Valid until the next call. Throws what the file throws itself: see FileHead.
  const Header& read(const Candidate& candidate);

 private:
  Header read_anew(const Candidate& candidate);

  FileHead head_;
  Header header_;
  std::optional<std::string> dialect_;  // that header_ was read in; none: of one schema alone
};

}  // namespace sp::choose
