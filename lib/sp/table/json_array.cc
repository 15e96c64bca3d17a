#include "sp/table/json_array.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "sp/base/diagnostic.h"

namespace sp {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::size_t kChunk = std::size_t{64} << 10;

bool is_space(char c) { return kSpace.find(c) != std::string_view::npos; }

class ArraySource final : public ByteSource {
 public:
  ArraySource(std::unique_ptr<ByteSource> source, std::string head)
      : ByteSource(source->name()), source_(std::move(source)), input_(std::move(head)) {
    // What stands before the bracket is a mark, or white space whose line ends count.
    for (const char c : input_.substr(0, input_.find('['))) {
      if (c == '\n') out_ += c;
    }
    input_.erase(0, input_.find('['));
  }

  std::size_t read(char* buffer, std::size_t capacity) override {
    while (taken_ == out_.size()) {
      out_.clear();
      taken_ = 0;
      if (input_.empty() && !read_input()) return 0;
      for (const char c : input_) take(c);
      input_.clear();
    }
    const std::size_t n = std::min(capacity, out_.size() - taken_);
    out_.copy(buffer, n, taken_);
    taken_ += n;
    return n;
  }

  std::uint64_t bytes_consumed() const override { return source_->bytes_consumed(); }
  std::uint64_t size_hint() const override { return source_->size_hint(); }
  std::string xxh128() const override { return source_->xxh128(); }

 private:
  enum class Place { kBegin, kFirst, kItem, kInside, kInString, kEscape, kAfter, kEnd };

  bool read_input() {
    input_.resize(kChunk);
    input_.resize(source_->read(input_.data(), kChunk));
    if (input_.empty() && place_ != Place::kEnd) {
      fail("the JSON array is not closed: the file may have been cut");
    }
    return !input_.empty();
  }

  void take(char c) {
    if (place_ == Place::kInString || place_ == Place::kEscape) return take_in_string(c);
    if (c == '\n') return take_newline();
    if (place_ == Place::kInside && (depth_ > 0 || !ends_item(c))) return take_inside(c);
    if (place_ == Place::kInside) end_item();  // a bare value, which c is not a part of
    if (!is_space(c)) take_between(c);
  }

  void take_in_string(char c) {
    out_ += c;
    if (place_ == Place::kEscape) {
      place_ = Place::kInString;
    } else if (c == '\\') {
      place_ = Place::kEscape;
    } else if (c == '"') {
      place_ = Place::kInside;
      if (depth_ == 0) end_item();
    }
  }

  // Within an item a line end is white space, and is made up for after it.
  void take_newline() {
    if (place_ == Place::kInside && depth_ == 0) end_item();
    if (place_ == Place::kInside) {
      out_ += ' ';
      ++newlines_;
    } else if (newlines_ < 0) {
      ++newlines_;  // one that ended an item
    } else {
      out_ += '\n';
    }
  }

  static bool ends_item(char c) { return c == ',' || c == ']' || is_space(c); }

  void take_inside(char c) {
    out_ += c;
    if (c == '"') {
      place_ = Place::kInString;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if ((c == '}' || c == ']') && depth_ > 0 && --depth_ == 0) {
      end_item();
    }
  }

  void end_item() {
    out_.append(static_cast<std::size_t>(std::max(newlines_, 0)) + 1, '\n');
    newlines_ = std::min(newlines_, 0) - 1;
    place_ = Place::kAfter;
  }

  void take_between(char c) {
    if (place_ == Place::kBegin) {
      place_ = Place::kFirst;
    } else if (c == ']' && (place_ == Place::kFirst || place_ == Place::kAfter)) {
      place_ = Place::kEnd;
    } else if (c == ',' && place_ == Place::kAfter) {
      place_ = Place::kItem;
    } else if (place_ == Place::kFirst || (place_ == Place::kItem && c != ',' && c != ']')) {
      place_ = Place::kInside;
      take_inside(c);
    } else {
      fail(place_ == Place::kEnd ? "there is text after the end of the JSON array"
                                 : "a comma or an object is missing in the JSON array");
    }
  }

  [[noreturn]] void fail(const std::string& message) const {
    throw Error(ExitCode::kDataErr, message, {name(), 0, 0, ""});
  }

  std::unique_ptr<ByteSource> source_;
  std::string input_, out_;
  std::size_t taken_ = 0;  // of out_
  Place place_ = Place::kBegin;
  std::size_t depth_ = 0;  // of brackets and braces within the item
  // Of the file that are still to be written; below 0: so many were, after items that no line
  // ended.
  int newlines_ = 0;
};

}  // namespace

ArrayBegin is_json_array(std::string_view beginning) {
  const std::size_t first = beginning.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return ArrayBegin::kUndecided;
  if (beginning[first] != '[') return ArrayBegin::kNoArray;
  const std::size_t second = beginning.find_first_not_of(kSpace, first + 1);
  if (second == std::string_view::npos) return ArrayBegin::kUndecided;
  const bool is_array = beginning[second] == '{' || beginning[second] == ']';
  return is_array ? ArrayBegin::kArray : ArrayBegin::kNoArray;
}

std::unique_ptr<ByteSource> items_of_array(std::unique_ptr<ByteSource> source, std::string head) {
  return std::make_unique<ArraySource>(std::move(source), std::move(head));
}

}  // namespace sp
