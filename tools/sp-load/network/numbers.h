// The numbers that the database has for sensors and places, as far as a load has met them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sp-load/db/connection.h"
#include "sp-load/network/registrar.h"
#include "sp/base/key_table.h"

namespace sp::load {

// Things that are known by several texts. Here they have numbers 0, 1, 2… in the order of their
// appearance; in the database they have ids.
class Numbers {
 public:
  // The number of the thing that `texts` name, which is to be found where it is new.
  std::uint32_t number_of(std::initializer_list<std::string_view> texts);
  // Its id as SQL writes it; "" until it was found.
  const std::string& id(std::uint32_t number) const { return ids_[number]; }
  std::size_t size() const { return ids_.size(); }
  bool is_complete() const { return open_.empty(); }

 protected:
  // One column of the texts of `numbers`, or of those that are to be found, as an array of SQL.
  std::string column_of(const std::vector<std::uint32_t>& numbers, std::size_t column) const;
  std::string column_of_open(std::size_t column) const { return column_of(open_, column); }
  std::map<std::string, std::vector<std::uint32_t>> by_source(
      const std::vector<std::uint32_t>& numbers) const;
  std::vector<std::string> texts_of(std::uint32_t number) const;
  void set_id(std::uint32_t number, std::string id) { ids_[number] = std::move(id); }
  void drop_found();
  std::vector<std::uint32_t> open_;

 private:
  KeyTable names_;
  std::string name_;
  std::vector<std::string> ids_;
};

// Known by source, the network's number or name, latitude, longitude, altitude; each may be "" but
// the first.
class Places : public Numbers {
 public:
  // Asks for those that are to be found, and makes those that are not there. No COPY may run on
  // `connection`. Throws DatabaseError.
  void find(Connection& connection, Registrar& registrar);

 private:
  void ask(Connection& connection);
};

// Known by source and key.
class Sensors : public Numbers {
 public:
  // What a row says of a sensor that is to be found; the first row's word counts where it is new.
  // `place` is of Places.
  void describe(std::uint32_t sensor, const std::string& type, std::optional<std::uint32_t> place);
  // The same, at most `most_new` in a load. `places` are found. Throws Error(kDataErr) where there
  // are more.
  void find(Connection& connection, Registrar& registrar, const Places& places,
            std::size_t most_new);
  // What the database says of it, once it is found: model and home (an id), or "".
  const std::string& type(std::uint32_t sensor) const { return known_[sensor].type; }
  const std::string& home(std::uint32_t sensor) const { return known_[sensor].home; }
  // "sensor 7 of roof"
  std::string shown(std::uint32_t sensor) const;

 private:
  struct Known {
    std::string type, home;
  };
  struct Described {
    std::string type;
    std::optional<std::uint32_t> place;
  };
  void ask(Connection& connection);
  bool lacks_what_rows_say(std::uint32_t sensor) const;
  void tell(Registrar& registrar, const Places& places, std::size_t most_new,
            const std::map<std::string, std::vector<std::uint32_t>>& by_source);
  std::vector<Known> known_;
  std::vector<std::optional<Described>> described_;
  std::size_t made_ = 0;
};

}  // namespace sp::load
