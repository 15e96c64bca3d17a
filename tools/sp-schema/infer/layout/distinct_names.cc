#include "sp-schema/infer/layout/distinct_names.h"

#include <algorithm>
#include <map>
#include <set>

#include "sp-schema/infer/layout/header.h"
#include "sp/table/formats.h"
#include "sp/table/name_list.h"

namespace sp {
namespace {

std::map<std::string, int> count(const std::vector<std::string>& names) {
  std::map<std::string, int> counts;
  for (const std::string& name : names) ++counts[name];
  return counts;
}

// With the nearest name on the left that no other column has.
std::vector<std::string> with_names_before(const std::vector<std::string>& names) {
  const std::map<std::string, int> counts = count(names);
  std::vector<std::string> longer = names;
  std::string before;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) continue;
    if (counts.at(names[i]) == 1) {
      before = names[i];
    } else if (before.empty()) {
      return names;
    } else {
      longer[i] = before + " " + names[i];
    }
  }
  const auto longer_counts = count(longer);
  const auto is_clear = [&](const std::string& name) {
    return name.empty() || longer_counts.at(name) == 1;
  };
  return std::all_of(longer.begin(), longer.end(), is_clear) ? longer : names;
}

}  // namespace

std::vector<std::string> distinct_names(const std::vector<std::string>& names) {
  std::vector<std::string> found = with_names_before(names);
  std::set<std::string> taken(found.begin(), found.end()), given;
  std::map<std::string, int> last;  // number of each name
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i].empty()) found[i] = "field" + std::to_string(i + 1);
    const std::string name = found[i];
    if (given.insert(name).second) continue;
    int& number = last.emplace(name, 1).first->second;
    do {
      found[i] = name + "_" + std::to_string(++number);
    } while (taken.contains(found[i]) || !given.insert(found[i]).second);
  }
  return found;
}

void name_columns_apart(std::string_view head, const Trial& trial, ReadOptions& options,
                        FileShape& shape) {
  Dialect& dialect = options.dialect;
  if (!dialect.header || dialect.row_names || dialect.header_rows != Dialect().header_rows) return;
  std::vector<std::string> names = trial.names;
  while (dialect.ignore_trailing_empty && !names.empty() && names.back().empty()) names.pop_back();
  const auto counts = count(names);
  std::vector<std::string> again;
  for (const auto& [name, times] : counts) {
    if (times > 1) again.push_back(name);
  }
  if (again.empty()) return;
  const auto reader = open_reader(memory_source(head), options);
  const std::string& header = reader->header_text();
  dialect.skip_lines = static_cast<std::uint64_t>(std::count(header.begin(), header.end(), '\n'));
  dialect.comment_rows.clear();
  dialect.header = false;
  dialect.names = distinct_names(names);
  shape.decisions.push_back("several columns have the name " + shown_names(again) +
                            ": they are told apart by their order alone, and have other names");
}

}  // namespace sp
