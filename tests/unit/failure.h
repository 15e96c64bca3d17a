// What an action that fails says.
#pragma once

#include <string>

#include "sp/base/diagnostic.h"

// The exit status and the message of the sp::Error that `act` throws; empty where it throws none.
template <typename Do>
std::string failure(Do act) {
  try {
    act();
  } catch (const sp::Error& error) {
    return std::to_string(static_cast<int>(error.code())) + " " + error.what();
  }
  return "";
}
