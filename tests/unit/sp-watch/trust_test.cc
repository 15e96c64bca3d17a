#include "sp-watch/disk/trust.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "sp-watch/disk/file_system.h"
#include "sp-watch/disk/folders.h"
#include "sp/base/diagnostic.h"
#include "sp/io/descriptor.h"
#include "temporary_folder.h"

using namespace sp;
using namespace sp::watch;

namespace {

constexpr uid_t kRoot = 0, kUs = 1000, kOther = 1001;
constexpr long kExt4 = 0xEF53, kVfat = MSDOS_SUPER_MAGIC, kCifs = CIFS_SUPER_MAGIC;
constexpr Trust kSafe = Trust::kSafe, kNoOwners = Trust::kNoOwners, kForeign = Trust::kForeign,
                kOthers = Trust::kOthersWrite, kGroup = Trust::kGroupWrites;

}  // namespace

TEST_CASE("a folder is safe by its owner, its mode, the flag and its file system") {
  struct Row {
    uid_t owner;
    mode_t mode;
    Trust without, with;  // --group-writable
    long file_system = kExt4;
  };
  for (const Row& row : {
           Row{kUs, 0755, kSafe, kSafe},
           Row{kUs, 0700, kSafe, kSafe},
           Row{kUs, 0000, kSafe, kSafe},
           Row{kUs, 02755, kSafe, kSafe},
           Row{kUs, 01755, kSafe, kSafe},
           Row{kUs, 0775, kGroup, kSafe},
           Row{kUs, 02770, kGroup, kSafe},
           Row{kUs, 0757, kOthers, kOthers},
           Row{kUs, 0777, kOthers, kOthers},
           Row{kUs, 01777, kOthers, kOthers},
           Row{kRoot, 0755, kSafe, kSafe},
           Row{kRoot, 02775, kGroup, kSafe},
           Row{kRoot, 01777, kOthers, kOthers},
           Row{kOther, 0755, kForeign, kForeign},
           Row{kOther, 0700, kForeign, kForeign},
           Row{kOther, 0775, kForeign, kForeign},
           Row{kOther, 0777, kForeign, kForeign},
           Row{kOther, 01777, kForeign, kForeign},
           Row{kOther, 0777, kNoOwners, kNoOwners, kVfat},
           Row{kUs, 0777, kNoOwners, kNoOwners, kCifs},
           Row{kOther, 0777, kForeign, kForeign, NFS_SUPER_MAGIC},
           Row{kOther, 0777, kForeign, kForeign, FUSE_SUPER_MAGIC},  // anybody may mount one
           Row{kOther, 0777, kForeign, kForeign, TMPFS_MAGIC},
       }) {
    CAPTURE(row.owner);
    CAPTURE(row.mode);
    CAPTURE(row.file_system);
    const Ownership of{row.owner, row.mode, magic_keeps_owners(row.file_system)};
    CHECK(judge(of, kUs, false) == row.without);
    CHECK(judge(of, kUs, true) == row.with);
  }
}

TEST_CASE("root's folders are root's own") {
  CHECK(judge({kRoot, 0755, true}, kRoot, false) == kSafe);
  CHECK(judge({kUs, 0755, true}, kRoot, false) == kForeign);
}

TEST_CASE("each folder of ours is judged when it is opened, and the message tells what to do") {
  const TemporaryFolder folder;
  const std::string dir = folder.path();
  const FolderOptions strict{dir, "", "", "", "", false};
  const FolderOptions shared{dir, "", "", "", "", true};
  open_folders(strict);
  for (const char* name :
       {"work", "done", "quarantine", "failed", ".sp-watch", ".sp-watch/state", ".sp-watch/tmp"}) {
    CAPTURE(name);
    const std::string path = folder / name;
    struct stat before;
    REQUIRE(::stat(path.c_str(), &before) == 0);
    struct Row {
      mode_t mode;
      const FolderOptions& options;
      const char* says;
    };
    for (const Row& row :
         {Row{01777, strict, "everybody may write"}, Row{0777, shared, "chmod o-w"},
          Row{0775, strict, "--group-writable"}, Row{0775, shared, ""}}) {
      CAPTURE(row.mode);
      REQUIRE(::chmod(path.c_str(), row.mode) == 0);
      std::string said;
      try {
        open_folders(row.options);
      } catch (const sp::Error& error) {
        CHECK(error.code() == sp::ExitCode::kConfig);
        said = error.what();
        CHECK(said.starts_with(path + " belongs to user "));
      }
      CHECK(said.empty() == (*row.says == '\0'));
      CHECK(said.find(row.says) != std::string::npos);
      look_at_folders(row.options);  // relies on nothing that is in them
    }
    REQUIRE(::chmod(path.c_str(), before.st_mode & 07777) == 0);
  }
}

TEST_CASE("what is made is safe, whatever the umask") {
  const TemporaryFolder folder;
  const mode_t before = ::umask(0);
  const std::string dir = folder.path();
  open_folders({dir, "", dir + "/a/b/done", "", "", false});
  ::umask(before);
  for (const char* name : {"work", "a", "a/b", "a/b/done", ".sp-watch", ".sp-watch/tmp"}) {
    CAPTURE(name);
    struct stat st;
    REQUIRE(::stat((folder / name).c_str(), &st) == 0);
    CHECK((st.st_mode & 022) == 0);
  }
}

TEST_CASE("a lock file is nobody else's to open, and one that was is mended") {
  const TemporaryFolder folder;
  const Descriptor dir(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY));
  const auto mode_of = [&](const char* name) {
    struct stat st;
    REQUIRE(::stat((folder / name).c_str(), &st) == 0);
    return st.st_mode & 07777;
  };
  for (const bool group : {false, true}) {
    ::unlinkat(dir.get(), "new", 0);
    folder.write("old", "");
    REQUIRE(::chmod((folder / "old").c_str(), 0666) == 0);
    for (const char* name : {"new", "old"}) {
      CAPTURE(name);
      const Descriptor fd(open_lock_file(dir.get(), name, folder / name, group));
      CHECK(mode_of(name) == (group ? 0660U : 0600U));
    }
  }
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  REQUIRE(::symlink("new", (folder / "link").c_str()) == 0);
  CHECK_THROWS_AS(open_lock_file(dir.get(), "fifo", "fifo", false), sp::Error);
  CHECK_THROWS_AS(open_lock_file(dir.get(), "link", "link", false), sp::Error);
}
