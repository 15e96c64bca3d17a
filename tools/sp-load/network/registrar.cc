#include "sp-load/network/registrar.h"

namespace sp::load {

Result Registrar::run(const std::string& sql, std::span<const Param> params) {
  if (main_ != nullptr) return main_->run(sql, params);
  if (!connection_) {
    connection_.emplace(options_, log_);
    // The load's own commit brings these to the disk before it.
    connection_->run("SET synchronous_commit = off");
  }
  return connection_->run(sql, params);
}

}  // namespace sp::load
