#include "sp/io/folder_lock.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>

#include <filesystem>
#include <string>

#include "sp/base/diagnostic.h"
#include "temporary_folder.h"

TEST_CASE("what somebody wrote into the lock renames nothing but files of the folder") {
  const TemporaryFolder folder, other;
  const std::string path = folder.path();
  const sp::Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::string said;
  for (const std::string& name : {std::string("a"), other / "b", other / "a", std::string("b")}) {
    said += name + '\0';
  }
  folder.write(".sp-load.lock", said + '\0');
  folder.write("a", "mine");
  other.write("a", "another's");
  { const sp::FolderLock lock(fd.get(), path); }
  CHECK(folder.read("a") == "mine");
  CHECK(folder.file_count() == 1);
  CHECK(other.file_count() == 1);
}

TEST_CASE("a folder that others keep locked is told, and tried again later") {
  const TemporaryFolder folder;
  const std::string path = folder.path();
  const sp::Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const sp::Descriptor other(::open((folder / ".sp-load.lock").c_str(), O_RDWR | O_CREAT, 0600));
  REQUIRE(::flock(other.get(), LOCK_EX) == 0);
  try {
    const sp::FolderLock lock(fd.get(), path, std::chrono::milliseconds(20));
    FAIL("it was taken");
  } catch (const sp::Error& error) {
    CHECK(error.code() == sp::ExitCode::kTempFail);
    CHECK(std::string(error.what()).find(path + "/.sp-load.lock is held") != std::string::npos);
  }
  REQUIRE(::flock(other.get(), LOCK_UN) == 0);
  { const sp::FolderLock lock(fd.get(), path); }
  CHECK(folder.file_count() == 0);
}

TEST_CASE("a folder in which no lock can be made is told at once") {
  const TemporaryFolder folder;
  const std::string path = folder.path();
  const sp::Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::filesystem::remove(path);  // as one without permission, which root has everywhere
  CHECK_THROWS_AS(sp::FolderLock(fd.get(), path, std::chrono::hours(1)), sp::Error);
}
