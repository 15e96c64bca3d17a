#include "sp-load/network/network_load.h"

#include <fmt/format.h>

#include "sp-load/copy/copy_encode.h"
#include "sp-load/db/array_literal.h"
#include "sp-load/network/rejection_names.h"
#include "sp-load/network/state_names.h"
#include "sp/base/json_text.h"
#include "sp/time/timestamp.h"

namespace sp::load {
namespace {

std::string time_text(std::int64_t micros) {
  char text[kMaxTimestampText];
  return {text, print_micros(micros, text)};
}

const char* action(OnConflict action) {
  switch (action) {
    case OnConflict::kError:
      return "error";
    case OnConflict::kKeep:
      return "keep";
    case OnConflict::kReplace:
      return "replace";
  }
  return "";
}

const char* advice_on(const std::string& sqlstate) {
  if (sqlstate == "SP652") return "; --on-known skip leaves such rows out";
  if (sqlstate == "SP653") return "; --max-conflicts (SP_MAX_CONFLICTS) allows more";
  return kConflictAdvice;
}

// By which a row of the file is known.
std::vector<std::string> key_fields(const Schema& schema) {
  std::vector<std::string> out;
  const auto is_key = [](const Field& field) {
    return field.role == Role::kSource || field.role == Role::kKey || field.role == Role::kTime;
  };
  const auto is_name = [&](const Field& field) {
    return schema.spread && field.role != Role::kIgnore &&
           field.target_name() == schema.spread->names;
  };
  for (const Field& field : schema.fields) {
    if (is_key(field) || is_name(field)) out.push_back(field.name);
  }
  for (const Derived& derived : schema.derived) {
    if (!is_key(derived.field)) continue;
    for (const DerivedInput& input : derived.inputs) out.push_back(input.column);
  }
  return out;
}

std::vector<std::uint64_t> parse_positions(std::string_view list) {
  std::vector<std::uint64_t> out;
  for (const char c : list) {
    if (c < '0' || c > '9') {
      if (!out.empty() && out.back() != 0) out.push_back(0);
      continue;
    }
    if (out.empty()) out.push_back(0);
    out.back() = out.back() * 10 + static_cast<std::uint64_t>(c - '0');
  }
  std::erase(out, 0U);
  return out;
}

std::vector<std::string> split_names(std::string_view list) {
  std::vector<std::string> out;
  for (;;) {
    const std::size_t end = list.find('/');
    out.emplace_back(list.substr(0, end));
    if (end == std::string_view::npos) return out;
    list.remove_prefix(end + 1);
  }
}

}  // namespace

NetworkLoad::NetworkLoad(Connection& connection, const LoadOptions& options, const Log& log,
                         const Schema& schema, Input& readings)
    : connection_(connection),
      options_(options),
      log_(log),
      registrar_(connect_options(options), log, options.dry_run ? &connection : nullptr),
      network_{schema, registrar_, {}, {}, options.max_new_sensors} {
  check_network(schema);
  read_kept_since();
  const auto reader = readings.open();
  const Columns& columns = reader->columns();
  if (columns.size() == 0) return;  // NDJSON without a row
  NetworkPlan plan = plan_network(schema, columns, reader->name(), options.source_column);
  const bool may_have_others =
      schema.fields_match == FieldsMatch::kSubset || schema.fields_match == FieldsMatch::kPartial;
  const auto tell = may_have_others ? &Log::info : &Log::warning;
  for (const std::string& name : plan.left_out) {
    (log_.*tell)("the column is no field of the schema, and is left out",
                 {reader->name(), 0, 0, name});
  }
  quantity_ids_ = ensure_quantities(connection_, registrar_, plan.quantities,
                                    options.max_new_quantities, options.dry_run, schema.file, log);
  for (const Quantity& quantity : plan.quantities) {
    if (quantity_ids_.contains(quantity.name)) quantities_.push_back(quantity.name);
  }
  std::vector<std::string> silent;
  for (const Quantity& quantity : plan.quantities) {
    if (quantity.circle() == 0) silent.push_back(quantity.name);
  }
  const Param names[] = {array_literal(silent)};
  has_silent_directions_ =
      connection_.run_for_text(
          "SELECT EXISTS (SELECT FROM sp.quantity WHERE name = ANY ($1::text[])"
          " AND circle IS NOT NULL)",
          names) == "t";
  // Those that a dry run does not register.
  for (std::string& target : plan.targets) {
    if (!target.empty() && target != "ts" && !quantity_ids_.contains(target)) target.clear();
  }
  readings_ = std::make_unique<ReadingNames>(network_, std::move(plan), columns, readings);
}

void NetworkLoad::read_kept_since() {
  const Result since = connection_.run(
      "SELECT (extract(epoch FROM since - '2000-01-01Z'::timestamptz) * 1000000)::bigint"
      " FROM sp.kept_since() AS since WHERE isfinite(since)");
  if (since.rows() == 1) kept_since_ = since.integer(0, 0);
}

// A file's metrics are stored where they are at most a quarter of its new readings. Where the
// database knows a direction that the schema does not call one, it counts them itself: the stream
// lacks the sums of sines and cosines.
void NetworkLoad::choose_measured(Input& metrics, const FileColumn& files,
                                  const TableCounts& readings) {
  measured_ = files;
  window_hours_.assign(files.size(), 0);
  std::vector<std::uint64_t> rows(files.size());
  const auto reader = metrics.open();
  const auto window = reader->columns().find("window");
  const auto file_column = options_.source_column.empty()
                               ? std::nullopt
                               : reader->columns().find(options_.source_column);
  Record record;
  while (window && reader->next(record)) {
    const auto file = file_column ? files.find(record[*file_column]) : 0;
    if (!file) continue;
    ++rows[*file];
    window_hours_[*file] = record[*window] == "1h" ? 1 : 24;
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    const bool are_few = rows[i] * 4 <= readings.files[i].loaded;
    if (!are_few || has_silent_directions_) measured_->skip(i);
    if (!are_few) window_hours_[i] = 0;
  }
}

RowNames* NetworkLoad::names_for(const Table& table, Input& input, const FileColumn& files,
                                 const std::vector<RowFacts>& facts,
                                 const std::vector<TableCounts>& tables) {
  if (table.schema != "sp") return nullptr;
  if (table.name == "reading") return readings_.get();
  if (table.name == "metric" && !tables.empty()) choose_measured(input, files, tables.front());
  const auto reader = input.open();
  if (reader->columns().size() == 0) return nullptr;
  if (table.name == "rejection") {
    others_.push_back(std::make_unique<RejectionNames>(reader->columns(), facts));
  } else if (table.name == "metric") {
    others_.push_back(std::make_unique<StateNames>(network_, reader->columns(), reader->name(),
                                                   quantity_ids_, options_.dry_run, kept_since_));
  } else {
    return nullptr;
  }
  return others_.back().get();
}

Merger& NetworkLoad::merger(const Table& readings) {
  merger_ = std::make_unique<ReadingMerger>(connection_, readings, *readings_, quantities_);
  return *merger_;
}

void NetworkLoad::finish(const FileColumn& files, const RowSource& from,
                         const std::vector<RowFacts>& facts, TableCounts& counts) {
  if (!readings_) return;
  add_stated_types(files);
  if (has_silent_directions_) count_directions(files, facts);
  if (merger_ && merger_->is_staged()) merge_known(files, from, facts, counts);
}

void NetworkLoad::count_directions(const FileColumn& files, const std::vector<RowFacts>& facts) {
  for (std::size_t i = 0; i < window_hours_.size(); ++i) {
    if (window_hours_[i] == 0 || !facts[i].times.first) continue;
    const Param load[] = {files.ingest_id(i), std::to_string(window_hours_[i]),
                          time_text(*facts[i].times.first), time_text(*facts[i].times.last)};
    connection_.run(
        "SELECT sp.count_metrics($1::integer, $2::integer, $3::timestamptz, $4::timestamptz)",
        load);
  }
}

void NetworkLoad::add_stated_types(const FileColumn& files) {
  std::vector<std::string> ingests, sensors, types;
  for (const auto& [of, type] : readings_->stated_types()) {
    ingests.push_back(files.ingest_id(of.first));
    sensors.push_back(network_.sensors.id(of.second));
    types.push_back(type);
  }
  if (types.empty()) return;
  const Param rows[] = {array_literal(ingests), array_literal(sensors), array_literal(types)};
  connection_.run(
      "INSERT INTO sp.stated_type (ingest_id, sensor_id, sensor_type)"
      " SELECT DISTINCT ON (i, s) i, s, t FROM unnest($1::integer[], $2::integer[], $3::text[])"
      " AS a(i, s, t)",
      rows);
}

void NetworkLoad::merge_known(const FileColumn& files, const RowSource& from,
                              const std::vector<RowFacts>& facts, TableCounts& counts) {
  JsonArray loads;
  KeyMap<std::size_t> by_ingest;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!files.is_loaded(i)) continue;
    by_ingest.emplace(files.ingest_id(i), i);
    JsonObject load;
    load.add("ingest_id", JsonLiteral{files.ingest_id(i)});
    if (!window_hours_.empty() && window_hours_[i] > 0) load.add("window_hours", window_hours_[i]);
    if (const auto& first = facts[i].times.first) load.add("first_new", time_text(*first));
    if (const auto& last = facts[i].times.last) load.add("last_new", time_text(*last));
    if (options_.max_conflicts) load.add("max_conflicts", *options_.max_conflicts);
    loads.add(load);
  }
  const char* const on_known = options_.on_known == OnKnown::kSkip ? "skip" : "error";
  const bool replaces = options_.on_conflict == OnConflict::kReplace;
  std::vector<Param> params = {loads.str(), on_known};
  if (!replaces) params.emplace_back(action(options_.on_conflict));
  try {
    const Result merged = connection_.run(
        std::string("SELECT ingest_id, rows_new, rows_completed, rows_known, rows_kept_out,"
                    " rows_replaced, conflicts, earlier FROM ") +
            (replaces ? "sp.replace_known($1::jsonb, $2)" : "sp.merge_known($1::jsonb, $2, $3)"),
        params);
    std::vector<std::uint64_t> conflicts;
    for (int i = 0; i < merged.rows(); ++i) {
      const auto at = by_ingest.find(merged.text(i, 0));
      if (at == by_ingest.end()) continue;
      RowNumbers& file = counts.files[at->second];
      const auto number = [&](int column) {
        return static_cast<std::uint64_t>(merged.integer(i, column));
      };
      file.completed = number(2);
      file.loaded += number(1) + number(2);
      file.known = number(3);
      file.kept_out = number(4);
      file.replaced = number(5);
      const auto positions = parse_positions(merged.text(i, 6));
      conflicts.insert(conflicts.end(), positions.begin(), positions.end());
      if (!merged.is_null(i, 7)) counts.earlier[at->second] = split_names(merged.text(i, 7));
    }
    std::sort(conflicts.begin(), conflicts.end());
    if (conflicts.size() > kFirstConflicts) conflicts.resize(kFirstConflicts);
    counts.first_conflicts = find_rows(from, conflicts);
    counts.rows = {};
    for (const RowNumbers& file : counts.files) counts.rows.add(file);
  } catch (const DatabaseError& error) {
    if (!error.sqlstate.starts_with("SP65")) throw;
    const auto rows = find_rows(from, parse_positions(error.detail));
    if (rows.empty()) throw;
    throw Error(ExitCode::kDataErr,
                error.what() +
                    about_row_before(options_, from, rows.front(), key_fields(network_.schema)) +
                    advice_on(error.sqlstate),
                rows.front().where);
  }
}

}  // namespace sp::load
