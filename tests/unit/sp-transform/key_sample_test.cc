#include "sp-transform/key_sample.h"

#include <doctest/doctest.h>

#include <string>

namespace {

std::string key(int i) { return "key " + std::to_string(i); }

}  // namespace

TEST_CASE("all keys are remembered while there are few") {
  sp::KeySample keys(100);
  CHECK_FALSE(keys.contains(key(0)));
  for (int i = 0; i < 100; ++i) keys.add(key(i));
  for (int i = 0; i < 100; ++i) CHECK(keys.contains(key(i)));
  for (int i = 100; i < 1000; ++i) CHECK_FALSE(keys.contains(key(i)));
}

TEST_CASE("of many keys some of all of them are, and none that was not there") {
  sp::KeySample keys(1000);
  constexpr int kMany = 100'000;
  for (int i = 0; i < kMany; ++i) keys.add(key(i));
  int early = 0, late = 0, others = 0;
  for (int i = 0; i < kMany / 2; ++i) early += keys.contains(key(i)) ? 1 : 0;
  for (int i = kMany / 2; i < kMany; ++i) late += keys.contains(key(i)) ? 1 : 0;
  for (int i = kMany; i < 2 * kMany; ++i) others += keys.contains(key(i)) ? 1 : 0;
  CHECK(early + late > 400);
  CHECK(early + late <= 1000);
  CHECK(early > 150);
  CHECK(late > 150);
  CHECK(others == 0);
}
