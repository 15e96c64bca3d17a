// Sets of Unicode code points, as a class of a regular expression names them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sp {

class CodePoints {
 public:
  CodePoints() = default;
  CodePoints(char32_t first, char32_t last) { add(first, last); }
  // All that a class of RE2 matches: "\\p{Lu}". Throws Error(kConfig) where RE2 does not know it.
  static CodePoints of_class(std::string_view re2_class);

  void add(char32_t first, char32_t last);
  void add(const CodePoints& other);
  void remove(const CodePoints& other);
  CodePoints complement() const;
  bool empty() const { return ranges_.empty(); }
  // A class for RE2: "[\x{61}-\x{7a}]".
  std::string re2_class() const;

 private:
  struct Range {
    char32_t first, last;
  };
  void normalize();
  std::vector<Range> ranges_;  // sorted, apart from each other
};

// The block of that name, without "Is": "BasicLatin"; empty where it is not among those known.
CodePoints character_block(std::string_view name);

}  // namespace sp
