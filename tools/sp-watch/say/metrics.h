// The status as metrics in the text format of Prometheus (version 0.0.4), by its rules for names:
// base units, counters that end in _total.
#pragma once

#include <string>

#include "sp-watch/say/status.h"

namespace sp::watch {

// Each metric with HELP and TYPE, those that have no value now too. A label is valid UTF-8,
// whatever the folder's name: other bytes become U+FFFD.
std::string as_metrics(const Status& status);

}  // namespace sp::watch
