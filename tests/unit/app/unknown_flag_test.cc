#include "sp/app/unknown_flag.h"

#include <doctest/doctest.h>
#include <CLI/CLI.hpp>

namespace {

std::string refusal(std::vector<const char*> arguments) {
  CLI::App app;
  std::string text;
  bool on = false;
  app.add_option("--interval", text);
  app.add_option("--schema", text);
  app.add_flag("--quiet", on);
  app.add_option("FILE", text);
  arguments.insert(arguments.begin(), "tool");
  const int argc = static_cast<int>(arguments.size());
  try {
    app.parse(argc, arguments.data());
  } catch (const CLI::ExtrasError&) {
    return sp::describe_unknown(app, argc, arguments.data());
  }
  return "";
}

}  // namespace

TEST_CASE("an unknown flag is named, the first one first, and one that looks like it") {
  CHECK(refusal({"--intervall", "5s", "x"}) ==
        "there is no flag --intervall; did you mean --interval?");
  CHECK(refusal({"w", "--intervall=5s"}) ==
        "there is no flag --intervall; did you mean --interval?");
  CHECK(refusal({"--shcema", "s", "--quite"}) ==
        "there is no flag --shcema; did you mean --schema?");
  CHECK(refusal({"--int", "5s"}) == "there is no flag --int; did you mean --interval?");
  CHECK(refusal({"-schema", "s"}) == "there is no flag -schema; did you mean --schema?");
  CHECK(refusal({"--frobnicate"}) == "there is no flag --frobnicate");
}

TEST_CASE("a flag goes before the file that may be its value") {
  CHECK(refusal({"a", "b", "--schem", "c"}) == "there is no flag --schem; did you mean --schema?");
}

TEST_CASE("a file too many is no flag") {
  CHECK(refusal({"a", "b"}) == "'b' is one argument too many");
  CHECK(refusal({"a", "--quiet"}) == "");
}

TEST_CASE("a flag of any length costs no time") {
  const std::string flag = "--" + std::string(1'000'000, 'x');
  CHECK(refusal({flag.c_str()}).size() == flag.size() + std::string("there is no flag ").size());
}

TEST_CASE("a tool with commands: each has flags of its own") {
  const auto refusal_of = [](std::vector<const char*> arguments) -> std::string {
    CLI::App app;
    std::string text;
    app.require_subcommand(0, 1);
    app.add_subcommand("show", "")->add_option("--as", text);
    CLI::App* const infer = app.add_subcommand("infer", "");
    infer->add_option("--encoding", text);
    infer->add_option("FILE", text);
    arguments.insert(arguments.begin(), "tool");
    const int argc = static_cast<int>(arguments.size());
    try {
      app.parse(argc, arguments.data());
    } catch (const CLI::ExtrasError&) {
      return sp::describe_unknown(app, argc, arguments.data());
    }
    return "";
  };
  CHECK(refusal_of({"infer", "--encodign", "x"}) ==
        "there is no flag --encodign; did you mean --encoding?");
  CHECK(refusal_of({"show", "--encodign", "x"}) == "there is no flag --encodign");
  CHECK(refusal_of({"show", "x"}) == "'x' is one argument too many");
  CHECK(refusal_of({"infer", "show"}) == "");
  CHECK(refusal_of({"infre", "x"}) == "there is no command 'infre'; there are show, infer");
}
