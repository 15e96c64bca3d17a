#include "sp-schema/infer/members.h"

#include <algorithm>
#include <optional>
#include <set>

#include "sp-schema/infer/trial.h"
#include "sp/base/diagnostic.h"
#include "sp/table/formats.h"

namespace sp {
namespace {

constexpr std::size_t kMostObjects = 200;

// Of one line; nothing where it is no object.
std::vector<std::string> names_of(std::string_view line, const ReadOptions& options) {
  try {
    return open_reader(memory_source(line), options)->columns().names();
  } catch (const Error&) {
    return {};
  }
}

std::vector<std::string> names_of_all(std::string_view head, const ReadOptions& options) {
  std::vector<std::string> names;
  std::set<std::string> known;
  const auto reader = open_reader(memory_source(head), options);
  Record record;
  for (std::size_t i = 0; i < kMostObjects && reader->next(record); ++i) {
    for (std::string& name : names_of(record.raw(), options)) {
      if (known.insert(name).second) names.push_back(std::move(name));
    }
  }
  return names;
}

}  // namespace

std::vector<std::string> guess_members(std::string_view head, ReadOptions& options) {
  std::vector<std::string> decisions;
  ReadOptions flat = options;
  flat.dialect.flatten = true;
  const std::optional<Trial> plain = try_out(head, options), nested = try_out(head, flat);
  if (!plain || !nested) return decisions;
  if (!plain->defect.empty() && nested->defects < plain->defects) {
    options = flat;
    decisions.push_back(plain->defect + "; members of objects are made columns (flatten)");
  }
  options.members = names_of_all(head, options);
  return decisions;
}

}  // namespace sp
