// Exit statuses of every tool: the names and numbers of sysexits.h that sp uses.
#pragma once

namespace sp {

enum class ExitCode : int {
  kOk = 0,
  kUsage = 64,     // wrong flags
  kDataErr = 65,   // the input is wrong
  kNoInput = 66,   // an input file is missing or unreadable
  kSoftware = 70,  // a bug
  kIoErr = 74,     // a read or write failed
  kTempFail = 75,  // try again later
  kConfig = 78,    // the schema file or the configuration is wrong
};

}  // namespace sp
