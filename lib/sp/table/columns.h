// The names of an input's columns, in their order, as nfc() spells them. Names may repeat or be
// empty: it is the user of the columns who decides whether that is an error.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sp/base/name_places.h"

namespace sp {

class Columns {
 public:
  Columns() = default;
  explicit Columns(std::vector<std::string> names) : names_(std::move(names)) {}
  std::size_t size() const { return names_.size(); }
  const std::string& operator[](std::size_t i) const { return names_[i]; }
  const std::vector<std::string>& names() const { return names_; }
  // Index of the first column of that name, however its letters with marks are spelled.
  std::optional<std::size_t> find(std::string_view name) const;
  // Index of the column `name`; throws Error(kDataErr) that names `file` and lists what there is.
  std::size_t require(std::string_view name, const std::string& file) const;
  // Throws the same that names all of these which are not there.
  void require_all(const std::vector<std::string>& names, const std::string& file) const;
  // What more there is to say where a name is not there: "did you mean --delimiter ';'?".
  void set_advice(std::string advice) { advice_ = std::move(advice); }
  std::string advice() const { return advice_.empty() ? "" : "; " + advice_; }
  void push_back(std::string name) { names_.push_back(std::move(name)); }
  bool operator==(const Columns& other) const { return names_ == other.names_; }

 private:
  std::vector<std::string> names_;
  std::string advice_;
  NamePlaces places_;
};

}  // namespace sp
