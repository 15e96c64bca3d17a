// Being asked to end: by SIGTERM, or by SIGURG, which programs that do not know it ignore, and by
// which sp-watch asks its commands not to wait any longer for a database that is away.
//
// It only ends what waits between tries. A transaction goes on to its end, since all of it would
// have to be done again; a second SIGTERM ends the process as ever.
#pragma once

#include <chrono>

namespace sp::load {

// Once, at the start of the tool.
void listen_for_stop();
bool asked_to_stop();
// At most `delay`; no longer than until asked_to_stop().
void sleep_until_stop(std::chrono::milliseconds delay);

}  // namespace sp::load
