#include "sp-schema/infer/layout/members.h"

#include <algorithm>
#include <optional>
#include <set>

#include "sp-schema/infer/layout/trial.h"
#include "sp/base/diagnostic.h"
#include "sp/table/formats.h"
#include "sp/table/name_list.h"

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

// Those without which the object would have no defect: of its names only the expected one may be
// such that no cell can hold it.
std::set<std::string> lists_of(std::string_view line, const std::vector<std::string>& names,
                               const ReadOptions& options) {
  std::set<std::string> lists(names.begin(), names.end());
  ReadOptions one = options;
  one.takes_other_members = true;
  for (const std::string& expected : {names.front(), names.back()}) {
    one.members = {expected};
    for (const std::string& name : names_of(line, one)) {
      if (name != expected) lists.erase(name);
    }
  }
  return lists;
}

struct Members {
  std::vector<std::string> names;  // each once
  std::set<std::string> lists;     // of them: what no cell can hold, a list for instance
};

Members members_of_all(std::string_view head, const ReadOptions& options) {
  Members all;
  std::set<std::string> known;
  const auto reader = open_reader(memory_source(head), options);
  Record record;
  for (std::size_t i = 0; i < kMostObjects && reader->next(record); ++i) {
    std::vector<std::string> names = names_of(record.raw(), options);
    if (names.size() > 1) all.lists.merge(lists_of(record.raw(), names, options));
    for (std::string& name : names) {
      if (known.insert(name).second) all.names.push_back(std::move(name));
    }
  }
  return all;
}

// Names the members of the first objects that can be cells; what cannot is returned.
std::vector<std::string> expect_members(std::string_view head, ReadOptions& options) {
  const Members all = members_of_all(head, options);
  std::vector<std::string> lists, cells;
  for (const std::string& name : all.names) {
    (all.lists.contains(name) ? lists : cells).push_back(name);
  }
  options.takes_other_members = !lists.empty() && !cells.empty();
  options.members = options.takes_other_members ? cells : all.names;
  return options.takes_other_members ? lists : std::vector<std::string>();
}

}  // namespace

std::vector<std::string> guess_members(std::string_view head, ReadOptions& options) {
  std::vector<std::string> decisions;
  ReadOptions plain = options, flat = options;
  flat.dialect.flatten = true;
  const std::optional<Trial> as_it_is = try_out(head, options);
  std::vector<std::string> lists = expect_members(head, plain);
  std::vector<std::string> lists_within = expect_members(head, flat);
  const std::optional<Trial> nested = try_out(head, flat);
  if (!as_it_is || !nested) return decisions;
  const bool has_objects = flat.members != plain.members;
  if (has_objects && !as_it_is->defect.empty() && nested->defects < as_it_is->defects) {
    decisions.push_back(as_it_is->defect + "; members of objects are made columns (flatten)");
    plain = flat;
    lists = std::move(lists_within);
  }
  if (!lists.empty()) {
    decisions.push_back("lists are no columns, and are left out (fieldsMatch): " +
                        shown_names(lists));
  }
  options = std::move(plain);
  return decisions;
}

}  // namespace sp
