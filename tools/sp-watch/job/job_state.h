// The state file of a job, NAME.json: written whole, read back strictly.
#pragma once

#include <optional>
#include <string>

#include "sp-watch/job/job.h"
#include "sp/io/durable.h"

namespace sp::watch {

inline constexpr std::string_view kStateEnding = ".json";

std::string to_json(const JobState& state);
// Nothing where `json` is not what to_json() writes.
std::optional<JobState> parse_job_state(std::string_view json);

// What NAME.reason.json, `json`, remembers of the state of a file that is given back: all tries
// count, so that the journal tells of them; those that crashed do not. Nothing where it does not
// say when the file was taken.
std::optional<JobState> state_of_reason(std::string_view json);

// From and to the directory `dir`. Nothing where it is not there or is damaged; a job then starts
// anew.
std::optional<JobState> load_job_state(int dir, const std::string& name);
// Throws Error(kIoErr).
void save_job_state(int dir, const std::string& name, const JobState& state,
                    Sync sync = Sync::kNow);
void drop_job_state(int dir, const std::string& name);

}  // namespace sp::watch
