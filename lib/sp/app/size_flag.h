// A flag whose value is a size: --max-row-bytes 64MiB.
#pragma once

#include <cstdint>
#include <string>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace sp {

// Bytes, or a number with a unit: kB and MB are of 1000, KiB and MiB of 1024. `bytes` must outlive
// the parsing.
CLI::Option* add_size_flag(CLI::App& app, const std::string& flag, std::uint64_t& bytes,
                           const std::string& help);

}  // namespace sp
