// The second connection: what is new in the database for good, whatever becomes of the load.
//
// Sensors, places and quantities that a load finds missing are made in transactions of their own,
// so that no other load waits for this one's end to use them. It is opened when it is needed first.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "sp-load/db/connection.h"

namespace sp::load {

// A limit as the functions of the database take it.
inline std::string limit_text(std::size_t most) {
  return std::to_string(std::min<std::size_t>(most, INT32_MAX));
}

class Registrar {
 public:
  // All must outlive it. `main`, where it is not null, is used instead: what is made goes with its
  // transaction.
  Registrar(const ConnectOptions& options, const Log& log, Connection* main)
      : options_(options), log_(log), main_(main) {}
  // Runs one command that commits. Throws DatabaseError.
  Result run(const std::string& sql, std::span<const Param> params);

 private:
  const ConnectOptions options_;
  const Log& log_;
  Connection* main_;
  std::optional<Connection> connection_;
};

}  // namespace sp::load
