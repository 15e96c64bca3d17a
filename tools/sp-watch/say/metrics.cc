#include "sp-watch/say/metrics.h"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

#include "sp-watch/run/schedule.h"
#include "sp/base/utf8.h"

namespace sp::watch {
namespace {

struct Sample {
  std::string_view value_of_label;  // empty where the metric has none
  std::string number;
};
using Samples = std::vector<Sample>;

Sample count(std::string_view of, std::uint64_t number) { return {of, std::to_string(number)}; }

// A time that is not known has no sample.
Samples seconds(std::int64_t ms) {
  if (ms == 0) return {};
  return {{"", fmt::format("{}.{:03}", ms / 1000, ms % 1000)}};
}

std::uint64_t count_in(const Progress::Counts& counts, std::string_view name) {
  const auto found = counts.find(name);
  return found == counts.end() ? 0 : found->second;
}

struct Metric {
  const char* name;
  const char* type;
  const char* label;  // beside dir; may be null
  const char* help;
  Samples (*samples)(const Status&);
};

// A row a metric: man/sp-watch.1 has the same under METRICS.
constexpr Metric kMetrics[] = {
    {"sp_watch_up", "gauge", nullptr, "Whether a sp-watch runs on the folder.",
     [](const Status& s) {
       return s.is_watched ? Samples{count("", *s.is_watched ? 1 : 0)} : Samples{};
     }},
    {"sp_watch_look_timestamp_seconds", "gauge", nullptr, "When these numbers were taken.",
     [](const Status& s) { return seconds(s.time_ms); }},
    {"sp_watch_files", "gauge", "state", "Files, by where they are.",
     [](const Status& s) {
       return Samples{count("waiting", s.waiting),       count("running", s.running),
                      count("retrying", s.retrying),     count("done", s.done),
                      count("quarantine", s.quarantine), count("rejects", s.rejects),
                      count("failed", s.failed)};
     }},
    {"sp_watch_oldest_timestamp_seconds", "gauge", nullptr,
     "When the oldest file came that waits, runs or is retried.",
     [](const Status& s) { return seconds(s.oldest_ms); }},
    {"sp_watch_last_done_timestamp_seconds", "gauge", nullptr, "When a file was last done.",
     [](const Status& s) { return seconds(s.progress.last_done_ms); }},
    {"sp_watch_failing_since_timestamp_seconds", "gauge", nullptr,
     "The first try that failed since a file was last done or refused.",
     [](const Status& s) { return seconds(s.progress.failing_since_ms); }},
    {"sp_watch_failing_tries", "gauge", nullptr,
     "Tries that failed since a file was last done or refused.",
     [](const Status& s) { return Samples{count("", s.progress.failing_tries)}; }},
    {"sp_watch_finished_files_total", "counter", "result", "Files, by the folder they went to.",
     [](const Status& s) {
       Samples out;
       for (const Place place : kPlaces) {
         out.push_back(count(place_name(place), count_in(s.progress.finished, place_name(place))));
       }
       return out;
     }},
    {"sp_watch_rows_total", "counter", "result",
     "Rows of the files that are done, by what became of them, where the command says so.",
     [](const Status& s) {
       Samples out;
       for (const std::string_view result : Progress::kRowResults) {
         out.push_back(count(result, count_in(s.progress.rows, result)));
       }
       return out;
     }},
    {"sp_watch_retries_total", "counter", "reason", "Tries of a file that were to be repeated.",
     [](const Status& s) {
       Samples out;
       for (const std::string_view reason : retry_reasons()) {
         out.push_back(count(reason, count_in(s.progress.retries, reason)));
       }
       return out;
     }},
};

std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t n = utf8_sequence(text, i);
    if (n == 0) {
      out += "\xEF\xBF\xBD";
    } else if (text[i] == '\n') {
      out += "\\n";
    } else {
      if (text[i] == '"' || text[i] == '\\') out += '\\';
      out += text.substr(i, n);
    }
    i += n == 0 ? 1 : n;
  }
  return out;
}

}  // namespace

std::string as_metrics(const Status& status) {
  const std::string dir = escaped(status.dir);
  std::string out;
  for (const Metric& metric : kMetrics) {
    fmt::format_to(std::back_inserter(out), "# HELP {0} {2}\n# TYPE {0} {1}\n", metric.name,
                   metric.type, metric.help);
    for (const Sample& sample : metric.samples(status)) {
      out += fmt::format("{}{{dir=\"{}\"", metric.name, dir);
      if (metric.label != nullptr)
        out += fmt::format(",{}=\"{}\"", metric.label, sample.value_of_label);
      out += fmt::format("}} {}\n", sample.number);
    }
  }
  return out;
}

}  // namespace sp::watch
