#include "sp-watch/job/spool.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "sp-watch/disk/open_writer.h"
#include "sp-watch/job/job_name.h"
#include "sp/base/diagnostic.h"
#include "sp/base/utf8.h"
#include "sp/io/durable.h"
#include "temporary_folder.h"

using namespace sp;
using namespace sp::watch;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kTime = 1735640100123;  // 2024-12-31T10:15:00.123Z

struct Inbox {
  TemporaryFolder folder;
  Spool spool{{folder.path().string(), "", "", "", ""}};

  Taken take(const std::string& file, Job& job) {
    FileStamp stamp;
    if (spool.look(file.c_str(), stamp) != Kind::kRegular) return Taken::kGone;
    return spool.take(file, stamp, job);
  }
  // The name that it has there.
  std::string finish(const Job& job, Place place, const std::string& reason) {
    std::vector<sp::watch::Departure> leaving;
    leaving.push_back({&job, place, reason, "", ""});
    spool.finish(leaving);
    CHECK(leaving[0].failure == "");
    return leaving[0].as;
  }
  bool has(const std::string& path) const { return fs::exists(fs::symlink_status(folder / path)); }
};

}  // namespace

TEST_CASE("a job's name is the file's, but for bytes that are not safe everywhere") {
  struct Row {
    std::string file, name;
  };
  for (const Row& row : std::vector<Row>{
           {"a.csv", "a.csv"},
           {"-rf", "-rf"},
           {"a b'c;$(d)`e`*.csv", "a b'c;$(d)`e`*.csv"},
           {"Süd.csv", "Süd.csv"},
           {"a\nb\tc.csv", "a%0Ab%09c.csv"},
           {"a\"b\\c.csv", "a%22b%5Cc.csv"},
           {"\xff\xfe.csv", "%FF%FE.csv"},
           {"\xc2\x9b[31m", "%C2%9B[31m"},
           {"a%0A", "a%0A"},
           {"x.reason.json", "x.reason.20241231T101500.123Z.json"},
           {"x.errors.ndjson", "x.errors.20241231T101500.123Z.ndjson"},
           {"x.errors.ndjson.gz", "x.errors.20241231T101500.123Z.ndjson.gz"},
       }) {
    CAPTURE(row.file);
    CHECK(job_name(row.file, kTime, 0) == row.name);
  }
}

TEST_CASE("a name that is taken gets the time before its ending") {
  CHECK(job_name("x.csv", kTime, 1) == "x.20241231T101500.123Z.csv");
  CHECK(job_name("x.csv", kTime, 2) == "x.20241231T101500.123Z-2.csv");
  for (const std::string packed : {".gz", ".zst", ".xz", ".bz2"}) {
    CHECK(job_name("x.csv" + packed, kTime, 1) == "x.20241231T101500.123Z.csv" + packed);
  }
  CHECK(job_name("x.gz", kTime, 1) == "x.20241231T101500.123Z.gz");
  CHECK(job_name("x", kTime, 1) == "x.20241231T101500.123Z");
  CHECK(job_name("x.", kTime, 1) == "x.20241231T101500.123Z.");
  CHECK(job_name("..csv", kTime, 1) == "..20241231T101500.123Z.csv");
}

TEST_CASE(
    "no name is too long for what lies beside it, and long names stay apart and well-formed") {
  std::vector<std::string> files = {std::string(255, 'a'),          std::string(254, 'a') + "b",
                                    std::string(251, 'm') + ".csv", std::string(255, '\xff'),
                                    "a." + std::string(253, 'e'),   std::string(200, '.')};
  std::string umlauts;
  while (umlauts.size() < 254) umlauts += "ü";
  files.push_back(umlauts);
  std::vector<std::string> names;
  for (const std::string& file : files) {
    for (const unsigned n : {0u, 1u, 9999u}) {
      const std::string name = job_name(file, kTime, n);
      CAPTURE(name);
      CHECK(name.size() <= kMaxJobName);
      for (std::size_t i = 0; i < name.size();) {
        const std::size_t length = sp::utf8_sequence(name, i);
        REQUIRE(length > 0);
        i += length;
      }
      CHECK(std::find(names.begin(), names.end(), name) == names.end());
      names.push_back(name);
    }
  }
  CHECK(job_name(files[2], kTime, 0).ends_with(".csv"));
}

TEST_CASE("a file is taken by a move into work/ and brought to its place, and is never in two") {
  Inbox place;
  place.folder.write("a.csv", "x");
  Job job;
  REQUIRE(place.take("a.csv", job) == Taken::kYes);
  CHECK_FALSE(place.has("a.csv"));
  CHECK(place.folder.read("work/a.csv") == "x");
  CHECK(place.finish(job, Place::kDone, "") == "a.csv");
  CHECK_FALSE(place.has("work/a.csv"));
  CHECK(place.folder.read("done/a.csv") == "x");
}

TEST_CASE("a second file of the same name gets another one, whatever folder holds the first") {
  for (const char* taken : {"work/a.csv", "done/a.csv", "quarantine/a.csv", "failed/a.csv",
                            "quarantine/a.csv.errors.ndjson", "quarantine/a.csv.reason.json",
                            "failed/a.csv.reason.json"}) {
    CAPTURE(taken);
    Inbox place;
    place.folder.write(taken, "first");
    place.folder.write("a.csv", "second");
    Job job;
    REQUIRE(place.take("a.csv", job) == Taken::kYes);
    CHECK(job.name != "a.csv");
    CHECK(job.file == "a.csv");
    CHECK(place.finish(job, Place::kQuarantine, "{}\n") == job.name);
    CHECK(place.folder.read(taken) == "first");
    CHECK(place.folder.read("quarantine/" + job.name) == "second");
  }
}

TEST_CASE("what a command put into quarantine is not overwritten by the file itself") {
  Inbox place;
  place.folder.write("a.csv", "whole");
  Job job;
  REQUIRE(place.take("a.csv", job) == Taken::kYes);
  place.folder.write("quarantine/a.csv", "rejected rows");
  const std::string as = place.finish(job, Place::kQuarantine, "{}\n");
  CHECK(as != "a.csv");
  CHECK(place.folder.read("quarantine/a.csv") == "rejected rows");
  CHECK(place.folder.read("quarantine/" + as) == "whole");
  CHECK(place.folder.read("quarantine/" + as + ".reason.json") == "{}\n");
}

TEST_CASE("a file that is not what settled, or is open for writing, is not taken") {
  std::signal(SIGIO, SIG_IGN);
  Inbox place;
  FileStamp stamp;
  place.folder.write("a.csv", "x");
  REQUIRE(place.spool.look("a.csv", stamp) == Kind::kRegular);
  place.folder.write("a.csv", "xy");
  Job job;
  CHECK(place.spool.take("a.csv", stamp, job) == Taken::kChanged);
  {
    const Descriptor reader(::open((place.folder / "a.csv").c_str(), O_RDONLY));
    if (open_writer(reader.get()) == OpenWriter::kUnknown) {
      MESSAGE("no leases on this file system: open writers are not tested");
      return;
    }
    const Descriptor writer(::open((place.folder / "a.csv").c_str(), O_WRONLY));
    CHECK(place.take("a.csv", job) == Taken::kWritten);
    CHECK(place.has("a.csv"));
  }
  CHECK(place.take("a.csv", job) == Taken::kYes);
}

TEST_CASE("links, FIFOs and folders are seen as what they are, and never taken") {
  Inbox place;
  place.folder.write("target", "secret");
  fs::create_symlink(place.folder / "target", place.folder / "link");
  REQUIRE(::mkfifo((place.folder / "fifo").c_str(), 0600) == 0);
  fs::create_directory(place.folder / "sub");
  FileStamp stamp;
  CHECK(place.spool.look("link", stamp) == Kind::kLink);
  CHECK(place.spool.look("fifo", stamp) == Kind::kFifo);
  CHECK(place.spool.look("sub", stamp) == Kind::kDirectory);
  CHECK(place.spool.look("work", stamp) == Kind::kOurFolder);
  CHECK(place.spool.look("nothing", stamp) == Kind::kGone);
  Job job;
  for (const char* name : {"link", "fifo", "sub"}) {
    CHECK(place.spool.take(name, stamp, job) == Taken::kIrregular);
  }
  CHECK(place.spool.set_aside(place.spool.folders().dir, "link", "{}\n") == "link");
  CHECK(fs::is_symlink(fs::symlink_status(place.folder / "quarantine/link")));
  CHECK(place.has("quarantine/link.reason.json"));
  CHECK(place.folder.read("target") == "secret");
  CHECK(place.spool.set_aside(place.spool.folders().dir, "sub", "{}\n") == "");
  CHECK(place.spool.set_aside(place.spool.folders().dir, "target", "{}\n") == "");
  CHECK(place.has("target"));
}

TEST_CASE("a file in work/ belongs to who holds its lock") {
  Inbox place;
  place.folder.write("a.csv", "x");
  Job job;
  REQUIRE(place.take("a.csv", job) == Taken::kYes);
  Spool other({place.folder.path().string(), "", "", "", ""});
  Job theirs;
  CHECK(other.resume("a.csv", Millis(1000), theirs) == Taken::kElsewhere);
  place.spool.release(job);
  CHECK(other.resume("a.csv", Millis(1000), theirs) == Taken::kYes);
  CHECK(other.resume("gone.csv", Millis(1000), theirs) == Taken::kGone);
}

TEST_CASE("a job waits until its next try is due, also for another watcher") {
  Inbox place;
  place.folder.write("work/a.csv", "x");
  Job job;
  REQUIRE(place.spool.resume("a.csv", Millis(1000), job) == Taken::kYes);
  job.state.attempts = 3;
  job.state.next_ms = wall_ms() + 60000;
  place.spool.save_states({&job});
  place.spool.release(job);
  Job again;
  CHECK(place.spool.resume("a.csv", Millis(60000), again) == Taken::kNotYet);
  CHECK(again.state.attempts == 3);
  CHECK_FALSE(again.lock);
  // Farther away than any delay: the clock was set back.
  CHECK(place.spool.resume("a.csv", Millis(30000), again) == Taken::kYes);
  place.spool.release(again);
  CHECK(place.spool.resume("a.csv", Millis(0), again) == Taken::kYes);
  place.finish(again, Place::kDone, "");
  CHECK_FALSE(place.has(".sp-watch/state/a.csv.json"));
}

TEST_CASE("when a file was taken is known after a crash, and when it is written to later") {
  Inbox place;
  place.folder.write("a.csv", "x");
  Job job;
  REQUIRE(place.take("a.csv", job) == Taken::kYes);
  const std::int64_t taken = job.state.taken_us;
  CHECK(std::abs(taken / 1000 - wall_ms()) < 5000);
  place.spool.release(job);
  Job again;
  REQUIRE(place.spool.resume("a.csv", Millis(0), again) == Taken::kYes);
  CHECK(again.state.taken_us == taken);
  place.spool.save_states({&again});
  place.spool.release(again);
  outwait(again.stamp.ctime_ns);
  place.folder.write("work/a.csv", "xy");
  Job later;
  REQUIRE(place.spool.resume("a.csv", Millis(0), later) == Taken::kYes);
  CHECK(later.stamp.ctime_ns > again.stamp.ctime_ns);
  CHECK(later.state.taken_us == taken);
}

TEST_CASE("a change of a taken file is noticed, and its deletion") {
  Inbox place;
  place.folder.write("a.csv", "x");
  Job job;
  REQUIRE(place.take("a.csv", job) == Taken::kYes);
  bool gone = false;
  CHECK_FALSE(place.spool.has_changed(job, gone));
  CHECK_FALSE(gone);
  place.folder.write("work/a.csv", "xy");
  CHECK(place.spool.has_changed(job, gone));
  fs::remove(place.folder / "work/a.csv");
  place.spool.has_changed(job, gone);
  CHECK(gone);
}

TEST_CASE("the temporary folder of a run begins empty, and links in it are not followed") {
  Inbox place;
  place.folder.write("keep", "x");
  const std::string tmp = place.spool.make_tmp("a.csv");
  fs::create_symlink(place.folder / "keep", tmp + "/link");
  fs::create_directory_symlink(place.folder.path(), tmp + "/folder");
  CHECK(place.spool.make_tmp("a.csv") == tmp);
  CHECK(fs::is_empty(tmp));
  CHECK(place.has("keep"));
  CHECK((fs::status(tmp).permissions() & fs::perms::all) == fs::perms::owner_all);
}

TEST_CASE("a start removes what jobs that are over left, and nothing of those that are not") {
  Inbox place;
  place.folder.write("work/lives.csv", "x");
  for (const char* job : {"lives.csv", "over.csv"}) {
    const std::string name = job;
    place.spool.make_tmp(name);
    place.folder.write(".sp-watch/state/" + name + ".json", "{}\n");
    place.folder.write(".sp-watch/state/." + name + ".json.part", "{");
    place.folder.write("quarantine/." + name + ".part", "half");
    place.folder.write("failed/." + name + ".reason.json.part", "{");
  }
  place.folder.write("quarantine/kept.csv", "x");
  place.spool.clean();
  for (const char* path :
       {".sp-watch/tmp/NAME", ".sp-watch/state/NAME.json", ".sp-watch/state/.NAME.json.part",
        "quarantine/.NAME.part", "failed/.NAME.reason.json.part"}) {
    std::string text = path;
    CAPTURE(text);
    const std::size_t at = text.find("NAME");
    CHECK(place.has(std::string(text).replace(at, 4, "lives.csv")));
    CHECK_FALSE(place.has(std::string(text).replace(at, 4, "over.csv")));
  }
  CHECK(place.has("quarantine/kept.csv"));
}

TEST_CASE("a rename never replaces") {
  TemporaryFolder folder;
  folder.write("a", "a");
  folder.write("b", "b");
  const Descriptor dir(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY));
  CHECK(rename_noreplace(dir.get(), "a", dir.get(), "b") == EEXIST);
  CHECK(folder.read("b") == "b");
  CHECK(rename_noreplace(dir.get(), "a", dir.get(), "c") == 0);
  CHECK(rename_noreplace(dir.get(), "a", dir.get(), "d") == ENOENT);
  CHECK(folder.read("c") == "a");
}

TEST_CASE("a move to another file system copies, and ends what a crash cut off") {
  struct stat shm;
  struct stat tmp;
  TemporaryFolder folder;
  if (::stat("/dev/shm", &shm) != 0 || ::stat(folder.path().c_str(), &tmp) != 0 ||
      shm.st_dev == tmp.st_dev) {
    MESSAGE("there is no second file system in /dev/shm");
    return;
  }
  std::string pattern = "/dev/shm/sp-unit-XXXXXX";
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  const Descriptor from(::open(folder.path().c_str(), O_RDONLY | O_DIRECTORY));
  const Descriptor to(::open(pattern.c_str(), O_RDONLY | O_DIRECTORY));
  const auto text = [&](const std::string& name) {
    std::ifstream file(pattern + "/" + name);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };

  folder.write("a", std::string(600000, 'a') + "end");
  CHECK(move_file(from.get(), "a", to.get(), "a") == 0);
  CHECK(text("a") == std::string(600000, 'a') + "end");
  CHECK(folder.file_count() == 0);

  folder.write("a", std::string(600000, 'a') + "END");
  CHECK(move_file(from.get(), "a", to.get(), "a") == EEXIST);
  CHECK(folder.file_count() == 1);
  CHECK(text("a").ends_with("end"));

  // The copy was put into place, and the crash came before the original went.
  folder.write("b", "same");
  std::ofstream(pattern + "/b") << "same";
  CHECK(move_file(from.get(), "b", to.get(), "b") == 0);
  CHECK_FALSE(fs::exists(folder / "b"));

  // The crash came within the copy.
  folder.write("c", "whole");
  std::ofstream(pattern + "/.c.part") << "wh";
  CHECK(move_file(from.get(), "c", to.get(), "c") == 0);
  CHECK(text("c") == "whole");
  CHECK_FALSE(fs::exists(pattern + "/.c.part"));
  fs::remove_all(pattern);
}

TEST_CASE("folders that cannot be used are refused with their name") {
  TemporaryFolder folder;
  const auto code_of = [&](const FolderOptions& options) {
    try {
      Spool spool(options);
    } catch (const sp::Error& error) {
      return error.code();
    }
    return sp::ExitCode::kOk;
  };
  CHECK(code_of({folder / "missing", "", "", "", ""}) == sp::ExitCode::kNoInput);
  fs::create_directories(folder / "elsewhere");
  fs::create_directories(folder / "in");
  fs::create_directory_symlink(folder / "elsewhere", folder / "in/done");
  CHECK(code_of({folder / "in", "", "", "", ""}) == sp::ExitCode::kConfig);
  CHECK(code_of({folder / "in", "", folder / "elsewhere/done", "", ""}) == sp::ExitCode::kOk);
  folder.write("file", "");
  CHECK(code_of({folder / "file", "", "", "", ""}) == sp::ExitCode::kNoInput);
}
