// Four numbers at once: the same as one by one, and nothing else is taken for a number.
#include "sp/number/four_numbers.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "sp/number/number.h"
#include "sp/table/record.h"

namespace {

// Cells with the bytes after them that a reader leaves readable, and nothing after these.
class Texts {
 public:
  explicit Texts(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) sizes_.push_back(text.size());
    for (const std::string& text : texts) {
      bytes_.emplace_back(text.begin(), text.end());
      bytes_.back().resize(std::max(text.size(), sp::Record::kReadable), '7');
      bytes_.back().shrink_to_fit();
    }
  }
  std::array<std::string_view, sp::kFour> four(std::size_t first) const {
    std::array<std::string_view, sp::kFour> cells;
    for (std::size_t i = 0; i < sp::kFour && first + i < sizes_.size(); ++i) {
      cells[i] = {bytes_[first + i].data(), sizes_[first + i]};
    }
    return cells;
  }

 private:
  std::vector<std::size_t> sizes_;
  std::vector<std::vector<char>> bytes_;
};

void check_as_one_by_one(const std::array<std::string_view, sp::kFour>& cells) {
  for (const sp::FourParser& parser : sp::four_parsers()) {
    double values[sp::kFour] = {};
    const unsigned read = parser.parse(cells, values);
    REQUIRE(read < 1U << sp::kFour);
    for (std::size_t i = 0; i < sp::kFour; ++i) {
      double expected = 0;
      const bool is_number = sp::parse_double(cells[i], expected);
      const bool must_be_read = is_number && cells[i].size() <= 8 && cells[i][0] != '+' &&
                                cells[i].find_first_of("eE") == std::string_view::npos;
      CAPTURE(parser.name);
      CAPTURE(cells[i]);
      if ((read >> i & 1) == 0) {
        REQUIRE_FALSE(must_be_read);
      } else {
        REQUIRE(is_number);
        REQUIRE(std::bit_cast<std::uint64_t>(values[i]) == std::bit_cast<std::uint64_t>(expected));
      }
    }
  }
}

}  // namespace

TEST_CASE("four numbers are read as one by one") {
  const Texts texts({"95270.27", "-3.45",     "0",        "-0",        "-0.0",     ".5",
                     "5.",       "-.5",       "-5.",      "",          "-",        ".",
                     "-.",       "1.2.3",     "--5",      "-+5",       "+5",       "1e5",
                     "12345678", "123456789", "-1234567", "-12345678", "1234.567", "1234567.",
                     ".1234567", "12,5",      " 12",      "12 ",       "1-2",      "12-",
                     "nan",      "inf",       "0x10",     "/5",        "5:",       "\xb0"});
  for (std::size_t first = 0; first < 36; ++first) check_as_one_by_one(texts.four(first));
}

TEST_CASE("random characters are numbers to all or to none") {
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::string> four(sp::kFour);
    const std::string_view alphabet = round % 2 == 0 ? "0123456789." : "0123456789.-+e \x80,/:";
    for (std::string& text : four) {
      const std::size_t size = random() % 11;
      for (std::size_t i = 0; i < size; ++i) text += alphabet[random() % alphabet.size()];
      if (random() % 3 == 0) text.insert(0, "-");
    }
    check_as_one_by_one(Texts(four).four(0));
  }
}
