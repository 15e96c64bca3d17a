#include "sp-load/network/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "sp-load/db/array_literal.h"
#include "sp/base/diagnostic.h"
#include "sp/base/excerpt.h"

namespace sp::load {
namespace {

// Each text follows its length, so that no two lists are the same.
void append_text(std::string& out, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  char bytes[sizeof size];
  std::memcpy(bytes, &size, sizeof size);
  out.append(bytes, sizeof size).append(text);
}

}  // namespace

std::uint32_t Numbers::number_of(std::initializer_list<std::string_view> texts) {
  name_.clear();
  for (const std::string_view text : texts) append_text(name_, text);
  const std::uint32_t number = names_.find_or_add(name_);
  if (number == ids_.size()) {
    ids_.emplace_back();
    open_.push_back(number);
  }
  return number;
}

std::vector<std::string> Numbers::texts_of(std::uint32_t number) const {
  std::vector<std::string> out;
  for (std::string_view rest = names_.key(number); !rest.empty();) {
    std::uint32_t size = 0;
    std::memcpy(&size, rest.data(), sizeof size);
    out.emplace_back(rest.substr(sizeof size, size));
    rest.remove_prefix(sizeof size + size);
  }
  return out;
}

std::string Numbers::column_of(const std::vector<std::uint32_t>& numbers,
                               std::size_t column) const {
  std::vector<std::string> values;
  values.reserve(numbers.size());
  for (const std::uint32_t number : numbers) values.push_back(texts_of(number)[column]);
  return array_literal(values);
}

void Numbers::drop_found() {
  std::erase_if(open_, [this](std::uint32_t number) { return !ids_[number].empty(); });
}

// Functions of the database make those of one source.
std::map<std::string, std::vector<std::uint32_t>> Numbers::by_source(
    const std::vector<std::uint32_t>& numbers) const {
  std::map<std::string, std::vector<std::uint32_t>> out;
  for (const std::uint32_t number : numbers) out[texts_of(number)[0]].push_back(number);
  return out;
}

void Places::ask(Connection& connection) {
  const Param names[] = {column_of_open(0), column_of_open(1), column_of_open(2),
                         column_of_open(3)};
  const auto same = [](const char* column, const char* asked) {
    return fmt::format(
        " AND coalesce(round(l.{} * 1e5)::integer, 2147483647)"
        " = coalesce(round(a.{} * 1e5)::integer, 2147483647)",
        column, asked);
  };
  const Result found = connection.run(
      "SELECT a.at, l.location_id FROM unnest($1::text[], $2::text[], $3::double precision[],"
      " $4::double precision[]) WITH ORDINALITY AS a(source, key, latitude, longitude, at)"
      " JOIN sp.location l ON l.source = a.source AND coalesce(l.key, '') = coalesce(a.key, '')" +
          same("latitude", "latitude") + same("longitude", "longitude"),
      names);
  for (int i = 0; i < found.rows(); ++i) {
    set_id(open_[static_cast<std::size_t>(found.integer(i, 0) - 1)], found.string(i, 1));
  }
  drop_found();
}

void Places::find(Connection& connection, Registrar& registrar) {
  if (is_complete()) return;
  ask(connection);
  for (const auto& [source, numbers] : by_source(open_)) {
    const Param names[] = {source, column_of(numbers, 1), column_of(numbers, 2),
                           column_of(numbers, 3), column_of(numbers, 4)};
    registrar.run(
        "SELECT FROM sp.location_ids($1, $2::text[], $3::double precision[],"
        " $4::double precision[], $5::double precision[])",
        names);
  }
  if (!is_complete()) ask(connection);
}

void Sensors::describe(std::uint32_t sensor, const std::string& type,
                       std::optional<std::uint32_t> place) {
  if (sensor >= described_.size()) described_.resize(sensor + std::size_t{1});
  if (!described_[sensor]) described_[sensor] = Described{type, place};
}

void Sensors::ask(Connection& connection) {
  const Param names[] = {column_of_open(0), column_of_open(1)};
  const Result found = connection.run(
      "SELECT asked.at, s.sensor_id, s.sensor_type, s.location_id FROM unnest($1::text[],"
      " $2::text[]) WITH ORDINALITY AS asked(source, key, at) JOIN sp.sensor k USING (source, key)"
      " JOIN sp.sensor s ON s.sensor_id = coalesce(k.same_as, k.sensor_id)",
      names);
  known_.resize(size());
  for (int i = 0; i < found.rows(); ++i) {
    const std::uint32_t sensor = open_[static_cast<std::size_t>(found.integer(i, 0) - 1)];
    set_id(sensor, found.string(i, 1));
    known_[sensor] = {found.string(i, 2), found.string(i, 3)};
  }
  drop_found();
}

std::string Sensors::shown(std::uint32_t sensor) const {
  const std::vector<std::string> texts = texts_of(sensor);
  return "sensor " + excerpt(texts[1]) + " of " + excerpt(texts[0]);
}

// The first file that says it says it for good.
bool Sensors::lacks_what_rows_say(std::uint32_t sensor) const {
  if (!described_[sensor]) return false;
  return (known_[sensor].type.empty() && !described_[sensor]->type.empty()) ||
         (known_[sensor].home.empty() && described_[sensor]->place);
}

void Sensors::tell(Registrar& registrar, const Places& places, std::size_t most_new,
                   const std::map<std::string, std::vector<std::uint32_t>>& by_source) {
  for (const auto& [source, numbers] : by_source) {
    std::vector<std::string> types, homes;
    for (const std::uint32_t sensor : numbers) {
      const Described about = described_[sensor].value_or(Described{});
      types.push_back(about.type);
      homes.push_back(about.place ? places.id(*about.place) : "");
    }
    const Param names[] = {source, column_of(numbers, 1), array_literal(types),
                           array_literal(homes), limit_text(most_new)};
    registrar.run(
        "SELECT FROM sp.sensor_ids($1, $2::text[], $3::text[], $4::integer[], $5::integer)", names);
  }
}

void Sensors::find(Connection& connection, Registrar& registrar, const Places& places,
                   std::size_t most_new) {
  if (is_complete()) return;
  const std::vector<std::uint32_t> asked = open_;
  described_.resize(size());
  ask(connection);
  made_ += open_.size();
  if (made_ > most_new) {
    throw Error(ExitCode::kDataErr,
                fmt::format("more than {} sensors that the database does not know, such as {}; "
                            "is the key right? --max-new-sensors allows more",
                            most_new, excerpt(texts_of(open_.front())[1])));
  }
  std::vector<std::uint32_t> news = open_;
  for (const std::uint32_t sensor : asked) {
    if (!id(sensor).empty() && lacks_what_rows_say(sensor)) news.push_back(sensor);
  }
  if (news.empty()) return;
  tell(registrar, places, most_new, by_source(news));
  open_ = news;
  for (const std::uint32_t sensor : news) set_id(sensor, "");
  ask(connection);
}

}  // namespace sp::load
