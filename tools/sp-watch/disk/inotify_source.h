// Wakes sp-watch when something lands in the folder. Nothing relies on it: where it fails or
// overflows, the rescan finds the same files later.
#pragma once

#include <functional>
#include <string>

#include "sp/io/descriptor.h"

namespace sp::watch {

class InotifySource {
 public:
  // `path` is watched; failure() says why it is not, where the system refuses.
  explicit InotifySource(const std::string& path);

  int fd() const {
    return fd_.get();
  }  // -1 where there is none; readable when read() has something
  const std::string& failure() const { return failure_; }

  enum class Kind {
    kRenamedIn,  // whole, by convention
    kClosed,     // a writer closed it; it may not be the last
  };
  // All events that wait, in order; `visit`'s name is valid during the call. False where events
  // were lost or the folder itself went: rescan.
  bool read(const std::function<void(Kind, const char* name)>& visit);

 private:
  Descriptor fd_;
  std::string failure_;
};

}  // namespace sp::watch
