#include "sample_options.h"

#include <getopt.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace sp::sample {
namespace {

constexpr const char* kUsage =
    "Usage: make-sample [OPTION]...\n"
    "Writes a CSV file like those of the Sofia air quality data set to standard output.\n"
    "  --kind bme280|sds011  pressure, temperature, humidity; or P1, P2 (default bme280)\n"
    "  --rows N              data rows (default 100000)\n"
    "  --size N[K|M|G]       instead: rows until so many bytes are written\n"
    "  --sensors N           default 56\n"
    "  --start YYYY-MM-DD    first day (default 2017-07-01)\n"
    "  --seed N              another file of the same kind (default 1)\n"
    "  --defects X           impossible values, as a multiple of their share in the real file\n"
    "                        (default 1; 0 is none)\n";

[[noreturn]] void usage_error(const std::string& message) {
  std::fprintf(stderr, "make-sample: %s\n%s", message.c_str(), kUsage);
  std::exit(64);
}

std::uint64_t parse_count(std::string_view text, const char* flag) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    usage_error(std::string(flag) + ": not a number: " + std::string(text));
  }
  return value;
}

std::uint64_t parse_size(std::string_view text) {
  constexpr std::string_view kUnits = "KMG";
  const std::size_t unit = text.empty() ? kUnits.npos : kUnits.find(text.back());
  if (unit == kUnits.npos) return parse_count(text, "--size");
  return parse_count(text.substr(0, text.size() - 1), "--size") << (10 * (unit + 1));
}

// Seconds since 1970 at its beginning.
std::int64_t parse_day(const char* text) {
  int year = 0;
  unsigned month = 0, day = 0;
  int length = 0;
  std::sscanf(text, "%4d-%2u-%2u%n", &year, &month, &day, &length);
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{day}};
  if (length == 0 || text[length] != '\0' || !date.ok() || year < 1970) {
    usage_error(std::string("--start: not a day since 1970: ") + text);
  }
  return std::chrono::sys_days{date}.time_since_epoch().count() * std::int64_t{86'400};
}

std::uint64_t parse_factor(const char* text) {
  char* end = nullptr;
  const double factor = std::strtod(text, &end);
  if (end == text || *end != '\0' || !(factor >= 0 && factor <= 1000)) {
    usage_error(std::string("--defects: not a number from 0 to 1000: ") + text);
  }
  return static_cast<std::uint64_t>(factor * 1e6 + 0.5);
}

}  // namespace

Options parse_options(int argc, char** argv) {
  static const std::array<option, 9> flags{{{"kind", 1, nullptr, 'k'},
                                            {"rows", 1, nullptr, 'r'},
                                            {"size", 1, nullptr, 's'},
                                            {"sensors", 1, nullptr, 'n'},
                                            {"start", 1, nullptr, 't'},
                                            {"seed", 1, nullptr, 'e'},
                                            {"defects", 1, nullptr, 'd'},
                                            {"help", 0, nullptr, 'h'},
                                            {nullptr, 0, nullptr, 0}}};
  Options options;
  for (int flag; (flag = getopt_long(argc, argv, "", flags.data(), nullptr)) != -1;) {
    const std::string_view value = optarg == nullptr ? "" : optarg;
    switch (flag) {
      case 'k':
        if (value != "bme280" && value != "sds011") usage_error("--kind: bme280 or sds011");
        options.kind = value == "bme280" ? Kind::kBme280 : Kind::kSds011;
        break;
      case 'r':
        options.rows = parse_count(value, "--rows");
        break;
      case 's':
        options.bytes = parse_size(value);
        break;
      case 'n':
        options.sensors = parse_count(value, "--sensors");
        break;
      case 't':
        options.start = parse_day(optarg);
        break;
      case 'e':
        options.seed = parse_count(value, "--seed");
        break;
      case 'd':
        options.defect_millionths = parse_factor(optarg);
        break;
      case 'h':
        std::fputs(kUsage, stdout);
        std::exit(0);
      default:
        usage_error("see above");
    }
  }
  if (optind < argc) usage_error(std::string("unexpected argument: ") + argv[optind]);
  if (options.sensors == 0 || options.sensors > 100'000) usage_error("--sensors: 1 to 100000");
  return options;
}

}  // namespace sp::sample
