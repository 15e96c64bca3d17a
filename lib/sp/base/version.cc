#include "sp/base/version.h"

namespace sp {

const char* const kVersion = SP_VERSION;

}  // namespace sp
