#include "sp/base/nfc.h"

#include <doctest/doctest.h>

#include <string>

TEST_CASE("names are composed; what is no UTF-8 stays") {
  CHECK(sp::nfc("") == "");
  CHECK(sp::nfc("Temperature, C") == "Temperature, C");
  CHECK(sp::nfc("Tempe\u0301rature") == "Temp\u00e9rature");
  CHECK(sp::nfc("Temp\u00e9rature") == "Temp\u00e9rature");
  CHECK(sp::nfc("\u212bngstro\u0308m") == "\u00c5ngstr\u00f6m");
  CHECK(sp::nfc("e\u0301\xff") == "e\u0301\xff");
  using namespace std::string_literals;
  CHECK(sp::nfc("e\u0301\0x"s) == "\u00e9\0x"s);
  std::string marked = "e\u0301";
  for (int i = 0; i < 30; ++i) marked += "\u0301";
  CHECK(sp::nfc(marked) == marked);
  marked.resize(marked.size() - 2);
  CHECK(sp::nfc(marked).starts_with("\u00e9"));
  CHECK(sp::nfc("\u00b5g/m\u00b3") == "\u00b5g/m\u00b3");  // compatibility is another form
}
