#include "sp-load/merge/known_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string_view>

#include "sp-load/merge/side_table.h"
#include "sp/base/key_hash.h"

namespace sp::load {
namespace {

constexpr int kFetch = 20'000;  // positions at a time

// Says of a key whether it may have been there before: one bit for each of 2^25 hashes, whatever
// the number of keys. What it takes for seen, the server looks at.
class SeenKeys {
 public:
  bool may_have(std::uint64_t hash) {
    const auto bit = static_cast<std::size_t>(hash * std::uint64_t{0x9e3779b97f4a7c15} >> 39);
    std::uint64_t& word = words_[bit / 64];
    const std::uint64_t mask = std::uint64_t{1} << (bit % 64);
    const bool seen = (word & mask) != 0;
    word |= mask;
    return seen;
  }

 private:
  std::vector<std::uint64_t> words_ = std::vector<std::uint64_t>((std::size_t{1} << 25) / 64);
};

std::vector<CopyColumn> key_columns(const CopyPlan& plan, const Table& table) {
  std::vector<CopyColumn> out;
  for (const std::string& name : table.primary_key) {
    const auto at =
        std::find_if(plan.columns.begin(), plan.columns.end(),
                     [&name](const CopyColumn& column) { return column.column->name == name; });
    out.push_back(*at);
  }
  return out;
}

std::uint64_t hash_of(const std::vector<CopyColumn>& key, const Record& record) {
  std::uint64_t hash = 0;
  for (const CopyColumn& column : key) {
    const std::size_t part = KeyHash()(column.value_of(record));
    hash = hash * std::uint64_t{0xc2b2ae3d27d4eb4f} + part;
  }
  return hash;
}

// What the session needs for one large question about a table that it has just filled: no plan for
// the first rows only, no code compiled for it, and the room for a hash of a few million keys.
void prepare_question(Connection& connection, const SideTable& keys) {
  connection.run("ANALYZE " + keys.quoted() +
                 "; SET LOCAL cursor_tuple_fraction = 1; SET LOCAL jit = off;"
                 "SELECT set_config('work_mem', '64MB', true)"
                 " WHERE pg_size_bytes(current_setting('work_mem')) < 64 * 1024 * 1024");
}

void mark_answers(Connection& connection, const std::string& question, KnownRows& known) {
  connection.run("DECLARE sp_load_known NO SCROLL CURSOR FOR " + question);
  for (;;) {
    const Result found = connection.run(fmt::format("FETCH {} FROM sp_load_known", kFetch));
    for (int i = 0; i < found.rows(); ++i) {
      known.mark(static_cast<std::uint64_t>(found.integer(i, 0)));
    }
    if (found.rows() < kFetch) break;
  }
  connection.run("CLOSE sp_load_known");
}

}  // namespace

void KnownRows::mark(std::uint64_t position) {
  if (contains(position)) return;
  const auto word = static_cast<std::size_t>(position / 64);
  if (word >= words_.size()) words_.resize(std::max(word + 1, words_.size() * 2));
  words_[word] |= std::uint64_t{1} << (position % 64);
  ++count_;
}

KnownRows find_known_rows(Connection& connection, const RowSource& from) {
  RowPass pass(from);
  const std::vector<CopyColumn> key = key_columns(pass.plan(), from.table);
  SideTable keys(connection, from.table, SideTable::unused_name("keys"), key, pass.plan().format,
                 {{"sp_load_position", 20}, {"sp_load_again", 16}});
  keys.create();
  SeenKeys seen;
  std::uint64_t again = 0;
  const TimeRange times = keys.fill(pass, from.bad_text, [&] {
    const bool may_be_again = seen.may_have(hash_of(key, pass.record()));
    again += may_be_again ? 1 : 0;
    keys.set_own(0, std::to_string(pass.position()));
    keys.set_own(1, may_be_again ? "t" : "f");
    return true;
  });
  prepare_question(connection, keys);
  const std::string columns = identifier_list(connection, from.table.primary_key);
  KnownRows known;
  mark_answers(connection,
               fmt::format("SELECT here.{} FROM {} AS here JOIN {} AS there USING ({}) WHERE {}",
                           keys.own(0), keys.quoted(), from.table.quoted, columns,
                           within(connection, from.table, times)),
               known);
  if (again == 0) return known;
  mark_answers(connection,
               fmt::format("SELECT later.{0} FROM {1} AS later JOIN {1} AS earlier USING ({2})"
                           " WHERE later.{3} AND earlier.{0} < later.{0}",
                           keys.own(0), keys.quoted(), columns, keys.own(1)),
               known);
  return known;
}

}  // namespace sp::load
