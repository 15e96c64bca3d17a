#include "sp-schema/choose/candidate.h"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <system_error>

#include "sp/app/run_tool.h"
#include "sp/base/diagnostic.h"
#include "sp/base/path_name.h"
#include "sp/schema/load.h"
#include "sp/stream/stream_options.h"

namespace sp::choose {
namespace {

namespace fs = std::filesystem;

std::string without_ending(std::string name, std::string_view ending) {
  if (name.ends_with(ending)) name.resize(name.size() - ending.size());
  return name;
}

// Of a link that leads nowhere it is not known what it is: a schema that cannot be read.
bool may_be_schema(const fs::directory_entry& entry) {
  const std::string name = entry.path().filename().string();
  if (name.starts_with('.') || !name.ends_with(".json")) return false;
  std::error_code error;
  const fs::file_type type = entry.status(error).type();
  return type == fs::file_type::regular || type == fs::file_type::not_found ||
         type == fs::file_type::none;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (may_be_schema(*at)) names.push_back(at->path().filename().string());
  }
  if (error) {
    throw Error(ExitCode::kConfig, "cannot read the folder of schemas " + folder + ": " +
                                       error.message() + "; set SP_SCHEMA_DIR or give --dir");
  }
  std::sort(names.begin(), names.end());
  return names;
}

Candidate read_candidate(const std::string& path) {
  Candidate candidate;
  candidate.path = path;
  const std::string name(base_name(path));
  candidate.kind = lower(without_ending(without_ending(name, ".json"), ".schema"));
  try {
    candidate.schema = load_schema(candidate.path);
    StreamOptions stream;
    apply_schema_dialect(stream, candidate.schema, InputForm::kRaw);
    candidate.read = std::move(stream.read);
    if (const std::string& pattern = candidate.schema.from_name; !pattern.empty()) {
      candidate.from_name = std::make_unique<FileNamePattern>(pattern, ExitCode::kConfig);
    }
  } catch (const Error& error) {
    candidate.fault = error.what();
  }
  return candidate;
}

}  // namespace

std::vector<Candidate> read_candidates(const std::vector<std::string>& folders) {
  std::vector<Candidate> candidates;
  std::string all;
  for (const std::string& folder : folders) {
    for (const std::string& name : names_in(folder)) {
      candidates.push_back(read_candidate(folder + (folder.ends_with('/') ? "" : "/") + name));
    }
    all += (all.empty() ? "" : ", ") + folder;
  }
  if (candidates.empty()) {
    throw Error(ExitCode::kConfig,
                "no schema (*.json) in " + all + "; set SP_SCHEMA_DIR or give --dir");
  }
  return candidates;
}

std::vector<Candidate> read_given(const std::vector<std::string>& schemas) {
  std::vector<Candidate> candidates;
  for (const std::string& path : schemas) {
    Candidate candidate = read_candidate(path);
    if (!candidate.fault.empty()) {
      throw Error(ExitCode::kConfig, candidate.fault, {path, 0, 0, ""});
    }
    candidate.is_given = true;
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

std::vector<std::size_t> order_by_dialect(const std::vector<Candidate>& candidates) {
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t one, std::size_t other) {
    return candidates[one].schema.dialect < candidates[other].schema.dialect;
  });
  return order;
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace sp::choose
