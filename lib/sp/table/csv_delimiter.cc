#include "sp/table/csv_delimiter.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <vector>

namespace sp {
namespace {

constexpr char kCandidates[] = {',', ';', '\t', '|'};  // in the order in which they are preferred
constexpr std::size_t kRows = 21;                      // the header is one

using Counts = std::array<std::size_t, std::size(kCandidates)>;

// How often each of them stands in each row, outside quotes. A row that has no end yet is not one.
class RowCounter {
 public:
  RowCounter(std::string_view text, const Dialect& dialect, bool is_all)
      : text_(text), dialect_(dialect), is_all_(is_all) {}

  std::vector<Counts> count() {
    std::vector<Counts> rows;
    while (rows.size() < kRows && at_ < text_.size()) {
      Counts counts{};
      const bool is_comment =
          !dialect_.comment.empty() && text_.substr(at_).starts_with(dialect_.comment);
      if (!count_row(counts)) break;
      if (!is_comment) rows.push_back(counts);
    }
    return rows;
  }

 private:
  bool count_row(Counts& counts) {
    bool in_quotes = false, is_cell_begin = true;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == dialect_.escape) {
        ++at_;
        is_cell_begin = false;
      } else if (c == dialect_.quote && (in_quotes || is_cell_begin)) {
        in_quotes = !in_quotes;
        is_cell_begin = !in_quotes;  // a second one would be a doubled quote
      } else if (!in_quotes && c == dialect_.line_terminator) {
        return true;
      } else if (!in_quotes) {
        const auto* const found = std::find(std::begin(kCandidates), std::end(kCandidates), c);
        is_cell_begin = found != std::end(kCandidates) || (is_cell_begin && c == ' ');
        if (found != std::end(kCandidates)) {
          ++counts[static_cast<std::size_t>(found - std::begin(kCandidates))];
        }
      }
    }
    return is_all_;
  }

  std::string_view text_;
  const Dialect& dialect_;
  bool is_all_;
  std::size_t at_ = 0;
};

}  // namespace

DelimiterGuess guess_delimiter(std::string_view beginning, const Dialect& dialect, bool is_all) {
  const std::vector<Counts> rows = RowCounter(beginning, dialect, is_all).count();
  if (rows.empty()) return {.wants_more = !is_all};
  const Counts& header = rows.front();
  const auto in_header = std::count_if(header.begin(), header.end(), [](auto n) { return n > 0; });
  if (in_header > 1 && rows.size() < kRows && !is_all) return {.wants_more = true};
  DelimiterGuess guess;
  std::size_t best_rows = 0, best_count = 0;
  for (std::size_t i = 0; i < std::size(kCandidates); ++i) {
    if (header[i] == 0) continue;
    const auto agreeing = static_cast<std::size_t>(std::count_if(
        rows.begin() + 1, rows.end(), [&](const Counts& row) { return row[i] == header[i]; }));
    // Where no row agrees with any of them, the header alone tells.
    const bool is_better =
        agreeing > best_rows || (agreeing == 0 && best_rows == 0 && header[i] > best_count);
    if (is_better) {
      guess = {kCandidates[i], '\0', false};
      best_rows = agreeing;
      best_count = header[i];
    } else if (agreeing == best_rows && agreeing > 0) {
      guess.other = kCandidates[i];
    }
  }
  return guess;
}

}  // namespace sp
