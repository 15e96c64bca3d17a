// The schemas among which one is chosen: the files *.json of some folders.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sp/schema/file_name_pattern.h"
#include "sp/schema/schema.h"
#include "sp/table/record_reader.h"

namespace sp::choose {

struct Candidate {
  std::string path;       // FOLDER/NAME, as the folder was named
  std::string kind;       // what a file's name may hold: "bme280" of BME280.schema.json
  bool is_given = false;  // by --schema: nothing of the file need suggest it
  std::string fault;      // why it is no schema; empty: it is one, and what follows is set
  Schema schema;
  ReadOptions read;                            // a file in the schema's dialect
  std::unique_ptr<FileNamePattern> from_name;  // null: it asks nothing of a file's name
};

// Of each folder in the order of the names. One that cannot be read or is no schema is there with
// its fault. Throws Error(kConfig) for a folder that cannot be read, and where there is no schema.
std::vector<Candidate> read_candidates(const std::vector<std::string>& folders);
// Those of --schema. Throws Error(kConfig) for one that cannot be read or is none.
std::vector<Candidate> read_given(const std::vector<std::string>& schemas);

// Their places in an order in which those of one dialect stand together.
std::vector<std::size_t> order_by_dialect(const std::vector<Candidate>& candidates);

// Letters of ASCII as small ones.
std::string lower(std::string text);

}  // namespace sp::choose
