// Writes a file that imitates the Sofia files of sensor.community, defects included, to standard
// output: the same bytes for the same flags on every machine, for tests, the demo and benchmarks.
//
// All arithmetic is on integers (values in hundredths) with a generator of our own, because neither
// the distributions of <random> nor floating-point sums are the same everywhere.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sample_options.h"

namespace sp::sample {
namespace {

// splitmix64 (Steele, Lea, Flood).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // 0 <= result < n, n < 2^32
  std::int64_t below(std::uint64_t n) {
    return static_cast<std::int64_t>(((next() >> 32) * n) >> 32);
  }
  bool chance(std::uint64_t of_2_to_32) { return (next() >> 32) < of_2_to_32; }

 private:
  std::uint64_t state_;
};

// Writes to standard output in large pieces.
class Output {
 public:
  static constexpr std::size_t kRoom = 512;  // more than a row needs
  // A place for at most kRoom bytes, of which done() takes those before `end`.
  char* room() {
    if (kCapacity - used_ < kRoom) flush();
    return buffer_.get() + used_;
  }
  void done(const char* end) {
    const std::size_t used = static_cast<std::size_t>(end - buffer_.get());
    total_ += used - used_;
    used_ = used;
  }
  void flush() {
    for (std::size_t at = 0; at < used_;) {
      const ssize_t n = ::write(STDOUT_FILENO, buffer_.get() + at, used_ - at);
      if (n < 0) {
        std::perror("make-sample: cannot write");
        std::exit(74);
      }
      at += static_cast<std::size_t>(n);
    }
    used_ = 0;
  }
  std::uint64_t total() const { return total_; }

 private:
  static constexpr std::size_t kCapacity = 1 << 20;
  std::unique_ptr<char[]> buffer_{new char[kCapacity]};
  std::size_t used_ = 0;
  std::uint64_t total_ = 0;
};

char* put(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

char* put(char* out, std::uint64_t number) { return std::to_chars(out, out + 20, number).ptr; }

// A value in hundredths as Python prints it: 26.53, 26.5, 26.0.
char* put_hundredths(char* out, std::int64_t value) {
  if (value < 0) {
    *out++ = '-';
    value = -value;
  }
  out = put(out, static_cast<std::uint64_t>(value / 100));
  const std::int64_t cents = value % 100;
  *out++ = '.';
  *out++ = static_cast<char>('0' + cents / 10);
  if (cents % 10 != 0) *out++ = static_cast<char>('0' + cents % 10);
  return out;
}

// Thousandths of a degree as the file has them: of every four, one is the neighbouring double.
std::string coordinate(std::int64_t thousandths, Random& random) {
  double value = static_cast<double>(thousandths) / 1000;
  if (random.below(4) == 0) value = std::nextafter(value, random.below(2) == 0 ? 0.0 : 90.0);
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

constexpr std::int64_t kRound = 147;  // seconds between two readings of a sensor, as in the file

struct Sensor {
  std::string cells;         // ",2266,1140,42.738,23.272,"
  std::int64_t offset;       // seconds behind the start of a round
  std::int64_t pressure;     // hundredths of Pa, what its altitude makes of it
  std::int64_t temperature;  // hundredths of degC, on average
  std::int64_t dust;         // hundredths of ug/m3
};

std::vector<Sensor> make_sensors(const Options& options, Random& random) {
  std::vector<Sensor> sensors;
  for (std::uint64_t i = 0; i < options.sensors; ++i) {
    const std::uint64_t id = (options.kind == Kind::kBme280 ? 1764 : 1763) + 2 * i;
    Sensor sensor;
    sensor.cells = "," + std::to_string(id) + "," + std::to_string(id / 2) + ",";
    sensor.cells += coordinate(42'600 + random.below(200), random) + ",";
    sensor.cells += coordinate(23'200 + random.below(250), random) + ",";
    sensor.offset = random.below(kRound);
    sensor.pressure = 9'100'000 + random.below(430'000);
    sensor.temperature = 2'150 + random.below(500);
    sensor.dust = 400 + random.below(2'000);
    sensors.push_back(std::move(sensor));
  }
  std::stable_sort(sensors.begin(), sensors.end(),
                   [](const Sensor& a, const Sensor& b) { return a.offset < b.offset; });
  return sensors;
}

// "2017-07-01T00:00:07,": written anew only when the second changes.
class Clock {
 public:
  std::string_view text(std::int64_t seconds) {
    if (seconds == shown_) return text_;
    shown_ = seconds;
    const std::int64_t day = seconds / 86'400;
    if (day != day_) write_date(day);
    const std::int64_t rest = seconds % 86'400;
    two_digits(11, rest / 3600);
    two_digits(14, rest / 60 % 60);
    two_digits(17, rest % 60);
    return text_;
  }

 private:
  void write_date(std::int64_t day) {
    day_ = day;
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
    const int year = static_cast<int>(date.year());
    two_digits(0, year / 100);
    two_digits(2, year % 100);
    two_digits(5, static_cast<std::int64_t>(static_cast<unsigned>(date.month())));
    two_digits(8, static_cast<std::int64_t>(static_cast<unsigned>(date.day())));
  }
  void two_digits(std::size_t at, std::int64_t value) {
    text_[at] = static_cast<char>('0' + value / 10);
    text_[at + 1] = static_cast<char>('0' + value % 10);
  }
  std::int64_t shown_ = -1, day_ = -1;
  std::string text_ = "0000-00-00T00:00:00,";
};

// -1000 at four in the morning to 1000 at four in the afternoon: two straight lines.
std::int64_t warmth_of_day(std::int64_t seconds) {
  const std::int64_t since_four = (seconds + 72'000) % 86'400;
  return std::abs(since_four - 43'200) * -2000 / 43'200 + 1000;
}

// Slow weather, -1000 to 1000, a period of a week.
std::int64_t weather(std::int64_t seconds) {
  return std::abs(seconds % 604'800 - 302'400) * 2000 / 302'400 - 1000;
}

// Shares of the real file's 701,548 rows, in 2^-32, times --defects. Two of the defects belong to
// one sensor each, as they do there: they come as often in all by coming more often at that sensor.
struct Defects {
  std::uint64_t stuck, zeros, hot;
  std::size_t stuck_sensor, zero_sensor;
};

std::uint64_t share(std::uint64_t rows, std::uint64_t times, const Options& options) {
  const std::uint64_t part = rows * times * options.defect_millionths;
  constexpr std::uint64_t kWhole = 701'548 * std::uint64_t{1'000'000};
  if (part >= kWhole) return std::uint64_t{1} << 32;
  return ((part << 24) / kWhole) << 8;
}

Defects make_defects(const Options& options) {
  Defects defects{};
  defects.stuck = share(3'741, options.sensors, options);
  defects.zeros = share(260, options.sensors, options);
  defects.hot = share(1'339, 1, options);
  defects.stuck_sensor = 17 % options.sensors;
  defects.zero_sensor = 41 % options.sensors;
  return defects;
}

char* put_bme280(char* out, const Sensor& sensor, std::int64_t time, Random& random) {
  const std::int64_t warmth = warmth_of_day(time);
  const std::int64_t sky = weather(time);
  out = put_hundredths(out, sensor.pressure + sky * 60 - warmth * 12 + random.below(4'000));
  *out++ = ',';
  out = put_hundredths(out, sensor.temperature + warmth * 7 / 10 + sky / 5 + random.below(200));
  *out++ = ',';
  return put_hundredths(out, 5'500 - warmth * 2 - sky + random.below(800));
}

char* put_sds011(char* out, const Sensor& sensor, std::int64_t time, Random& random) {
  const std::int64_t still = 2'500 - warmth_of_day(time);
  const std::int64_t coarse = sensor.dust * still / 2'000 + random.below(600);
  out = put_hundredths(out, coarse);
  *out++ = ',';
  return put_hundredths(out, coarse * (40 + random.below(30)) / 100);
}

struct Measures {
  std::string_view names, stuck, zeros;
  char* (*put)(char*, const Sensor&, std::int64_t, Random&);
};

// The defects of the BME280 are those of the real file; an SDS011 that is disturbed reports all
// bits set (6553.5), nothing, or less than nothing.
constexpr Measures kBme280{"pressure,temperature,humidity", "117638.84,-145.12,100.0",
                           "0.0,0.0,0.0", put_bme280};
constexpr Measures kSds011{"P1,P2", "6553.5,6553.5", "-0.1,-0.1", put_sds011};

// A temperature that no shade has, beside sound values.
char* put_hot(char* out, const Sensor& sensor, Random& random) {
  out = put_hundredths(out, sensor.pressure + random.below(4'000));
  *out++ = ',';
  out = put_hundredths(out, 5'001 + random.below(1'100));
  *out++ = ',';
  return put_hundredths(out, 300 + random.below(900));
}

char* put_measures(char* out, const Sensor& sensor, std::size_t index, std::int64_t time,
                   const Options& options, const Defects& defects, Random& random) {
  const Measures& measures = options.kind == Kind::kBme280 ? kBme280 : kSds011;
  if (index == defects.stuck_sensor && random.chance(defects.stuck)) {
    return put(out, measures.stuck);
  }
  if (index == defects.zero_sensor && random.chance(defects.zeros)) {
    return put(out, measures.zeros);
  }
  if (options.kind == Kind::kBme280 && random.chance(defects.hot)) {
    return put_hot(out, sensor, random);
  }
  return measures.put(out, sensor, time, random);
}

void write_sample(const Options& options) {
  Random random(options.seed);
  const std::vector<Sensor> sensors = make_sensors(options, random);
  const Defects defects = make_defects(options);
  Output output;
  Clock clock;
  char* header = put(output.room(), ",sensor_id,location,lat,lon,timestamp,");
  header = put(header, options.kind == Kind::kBme280 ? kBme280.names : kSds011.names);
  output.done(put(header, "\n"));

  const auto more = [&](std::uint64_t written) {
    return options.bytes > 0 ? output.total() < options.bytes : written < options.rows;
  };
  std::uint64_t row = 0;
  for (std::int64_t round = options.start; more(row); round += kRound) {
    for (std::size_t i = 0; i < sensors.size() && more(row); ++i) {
      if (random.below(20) == 0) continue;  // a reading that never arrived
      const std::int64_t time = round + sensors[i].offset;
      char* out = put(output.room(), ++row);
      out = put(out, sensors[i].cells);
      out = put(out, clock.text(time));
      out = put_measures(out, sensors[i], i, time, options, defects, random);
      output.done(put(out, "\n"));
    }
  }
  output.flush();
}

}  // namespace
}  // namespace sp::sample

int main(int argc, char** argv) { sp::sample::write_sample(sp::sample::parse_options(argc, argv)); }
