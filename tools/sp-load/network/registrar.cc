#include "sp-load/network/registrar.h"

namespace sp::load {

Result Registrar::run(const std::string& sql, std::span<const Param> params) {
  if (main_ != nullptr) return main_->run(sql, params);
  if (!connection_) connection_.emplace(options_, log_);
  // The load's own commit brings these to the disk before it.
  connection_->begin("SET LOCAL synchronous_commit = off;");
  Result result = connection_->run(sql, params);
  connection_->run("COMMIT");
  return result;
}

}  // namespace sp::load
