#include "sp/io/byte_sink.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <random>
#include <string>

#include "failure.h"
#include "sp/base/diagnostic.h"
#include "temporary_folder.h"

TEST_CASE("bytes arrive in order, by whatever way they were appended") {
  const TemporaryFolder folder;
  std::string expected, text;
  const auto file = sp::open_sink(folder / "out");
  const auto memory = sp::string_sink(text);
  std::mt19937 random(3);
  for (int i = 0; i < 3000; ++i) {
    const std::string bytes(random() % (i % 100 == 0 ? 400000 : 300),
                            static_cast<char>('a' + i % 26));
    expected += bytes;
    expected += '|';
    for (sp::ByteSink* sink : {file.get(), memory.get()}) {
      if (i % 3 == 0 && bytes.size() < 65536) {
        std::memcpy(sink->reserve(bytes.size() + 10), bytes.data(), bytes.size());
        sink->commit(bytes.size());
      } else {
        sink->append(bytes);
      }
      sink->append('|');
    }
  }
  file->close();
  file->close();
  memory->close();
  CHECK((text == expected));
  CHECK((folder.read("out") == expected));
}

TEST_CASE("what was not flushed is not written: a tool that failed leaves no whole output") {
  const TemporaryFolder folder;
  {
    const auto sink = sp::open_sink(folder / "out");
    sink->append("header\n");
    sink->flush();
    sink->append("row\n");
  }
  CHECK(folder.read("out") == "header\n");
}

TEST_CASE("failing destinations are IOERR and name the file") {
  const TemporaryFolder folder;
  const auto full = sp::open_sink("/dev/full");
  full->append("x");
  CHECK(failure([&] { full->close(); }) == "74 cannot write /dev/full: No space left on device");
  const auto also_full = sp::open_sink("/dev/full");
  CHECK(failure([&] { also_full->append(std::string(1 << 20, 'x')); }).starts_with("74 "));
  const std::string nowhere = folder / "no/such/file";
  CHECK(failure([&] { sp::open_sink(nowhere); }) ==
        "74 cannot create " + nowhere + ": No such file or directory");
  CHECK(failure([&] { sp::open_sink(folder.path()); }).starts_with("74 "));
}

TEST_CASE("an existing file is replaced") {
  const TemporaryFolder folder;
  folder.write("out", "a long text from before");
  const auto sink = sp::open_sink(folder / "out");
  sink->append("new");
  sink->close();
  CHECK(folder.read("out") == "new");
}
