#include "sp/io/byte_source.h"

#include <bzlib.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <lzma.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <random>
#include <string>
#include <thread>

#include "sp/base/diagnostic.h"
#include "temporary_folder.h"

namespace {

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// With a checksum, as the zstd command writes it.
std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  const std::size_t n = ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size());
  ZSTD_freeCCtx(context);
  REQUIRE_FALSE(ZSTD_isError(n));
  out.resize(n);
  return out;
}

std::string xz(const std::string& text) {
  std::string out(lzma_stream_buffer_bound(text.size()), '\0');
  std::size_t size = 0;
  REQUIRE(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nullptr,
                                  reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                                  reinterpret_cast<std::uint8_t*>(out.data()), &size,
                                  out.size()) == LZMA_OK);
  out.resize(size);
  return out;
}

std::string bzip2(const std::string& text) {
  std::string out(text.size() + text.size() / 100 + 600, '\0');
  auto size = static_cast<unsigned>(out.size());
  REQUIRE(BZ2_bzBuffToBuffCompress(out.data(), &size, const_cast<char*>(text.data()),
                                   static_cast<unsigned>(text.size()), 9, 0, 0) == BZ_OK);
  out.resize(size);
  return out;
}

// All bytes, read `capacity` at a time; "!CODE message" where reading ends with an error.
std::string drain(sp::ByteSource& source, std::size_t capacity) {
  std::string out, buffer(capacity, '\0');
  try {
    while (const std::size_t n = source.read(buffer.data(), capacity)) out.append(buffer, 0, n);
  } catch (const sp::Error& error) {
    return "!" + std::to_string(static_cast<int>(error.code())) + " " + error.what();
  }
  return out;
}

std::string read_file(const std::string& path, std::size_t capacity = 4096,
                      const sp::SourceOptions& options = {}) {
  return drain(*sp::open_source(path, options), capacity);
}

int code_of_opening(const std::string& path) {
  try {
    sp::open_source(path);
  } catch (const sp::Error& error) {
    return static_cast<int>(error.code());
  }
  return 0;
}

// Text that does not pack to nothing.
std::string sample(std::size_t lines) {
  std::mt19937 random(7);
  std::string text = "id,value\n";
  for (std::size_t i = 0; i < lines; ++i) {
    text += std::to_string(i) + "," + std::to_string(random()) + "\n";
  }
  return text;
}

bool begins(const std::string& text, const std::string& with) { return text.starts_with(with); }

}  // namespace

TEST_CASE("plain files come as they are, also the short ones that look like magic bytes") {
  const TemporaryFolder folder;
  using namespace std::string_literals;
  for (const std::string& text :
       {""s, "a"s, "P"s, "P*"s, "P*M"s, "\x1f"s, "PK,\x03\n"s, "BZh"s, "BZh10,AY\n"s, "7z,a\n"s,
        "\xfd"s, "("s, "\x28\xb5\x2f"s, "Pa,x\n1,2\n"s, "\0\0\0"s, sample(20000)}) {
    const std::string path = folder.write("plain", text);
    for (const std::size_t capacity : {1u, 3u, 1u << 16}) {
      CHECK((read_file(path, capacity) == text));
    }
    const auto source = sp::open_source(path);
    CHECK(source->size_hint() == text.size());
    CHECK(source->name() == path);
    drain(*source, 4096);
    CHECK(source->bytes_consumed() == text.size());
  }
}

TEST_CASE("packed files are unpacked, one stream after another too") {
  const TemporaryFolder folder;
  const std::string a = sample(30000), b = sample(10), none;
  // A skippable frame, as pzstd writes it: magic, length, content.
  const std::string skippable("\x50\x2a\x4d\x18\x03\0\0\0abc", 11);
  struct Row {
    const char* what;
    std::string bytes, text;
  };
  const Row rows[] = {
      {"gzip", gzip(a), a},
      {"gzip of nothing", gzip(none), none},
      {"gzip members", gzip(b) + gzip(none) + gzip(a), b + a},
      {"gzip padded with zeros", gzip(a) + std::string(1000, '\0'), a},
      {"zstd", zstd(a), a},
      {"zstd of nothing", zstd(none), none},
      {"zstd frames", zstd(b) + zstd(none) + zstd(a), b + a},
      {"zstd with skippable frames", skippable + zstd(a) + skippable, a},
      {"xz", xz(a), a},
      {"xz of nothing", xz(none), none},
      {"xz streams", xz(b) + xz(none) + xz(a), b + a},
      {"xz with stream padding", xz(a) + std::string(8, '\0') + xz(b), a + b},
      {"bzip2", bzip2(a), a},
      {"bzip2 of nothing", bzip2(none), none},
      {"bzip2 streams", bzip2(b) + bzip2(none) + bzip2(a), b + a},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const std::string path = folder.write("packed", row.bytes);
    for (const std::size_t capacity : {7u, 4096u, 1u << 20}) {
      CHECK((read_file(path, capacity) == row.text));
    }
    const auto source = sp::open_source(path);
    drain(*source, 1 << 16);
    CHECK(source->bytes_consumed() == row.bytes.size());
    CHECK(source->size_hint() == row.bytes.size());
  }
}

TEST_CASE("a compressed stream that is cut at any place is an error, never a short text") {
  const TemporaryFolder folder;
  const std::string text = sample(200);
  for (const std::string& packed : {gzip(text), zstd(text), xz(text), bzip2(text)}) {
    // From where the magic bytes are whole; each cut once, with buffers of several sizes.
    for (std::size_t size = 10; size < packed.size(); ++size) {
      const std::string path = folder.write("cut", packed.substr(0, size));
      const std::string got = read_file(path, 1 + size % 700);
      CHECK(begins(got, "!65 "));
      CHECK(got.find("truncated") != std::string::npos);
    }
  }
  const std::string second_cut = gzip(text) + gzip(text).substr(0, 20);
  CHECK(begins(read_file(folder.write("cut", second_cut)), "!65 gzip data is truncated"));
}

TEST_CASE("damaged compressed streams are data errors") {
  const TemporaryFolder folder;
  const std::string text = sample(2000);
  for (const std::string& packed : {gzip(text), zstd(text), xz(text), bzip2(text)}) {
    std::mt19937 random(1);
    for (int i = 0; i < 200; ++i) {
      std::string damaged = packed;
      // gzip's header holds bytes without meaning (time, operating system).
      damaged[10 + random() % (damaged.size() - 10)] ^= static_cast<char>(1 << random() % 8);
      CHECK(begins(read_file(folder.write("damaged", damaged)), "!65 "));
    }
  }
}

TEST_CASE("bytes after a compressed stream are told as such, however few; zeros may follow") {
  using namespace std::string_literals;
  const TemporaryFolder folder;
  const std::string text = sample(2000);
  for (const std::string& packed : {gzip(text), zstd(text), xz(text), bzip2(text)}) {
    for (const std::string& garbage : {"x"s, "garbage, 8 words"s, "\0x"s, sample(300'000)}) {
      const std::string got = read_file(folder.write("x", packed + garbage));
      CHECK(begins(got, "!65 "));
      CHECK(got.find("data is followed by other bytes") != std::string::npos);
    }
    CHECK((read_file(folder.write("x", packed + std::string(300'000, '\0') + packed)) ==
           text + text));
  }
}

TEST_CASE("formats that are not unpacked are named") {
  using namespace std::string_literals;
  const TemporaryFolder folder;
  const std::pair<std::string, const char*> formats[] = {
      {"PK\x03\x04\x14\0\x93"s, "is a zip archive"},
      {"7z\xbc\xaf\x27\x1c\0\x04"s, "is a 7z archive"},
      {"\x04\x22\x4d\x18@"s, "is compressed by lz4"},
      {"\x5d\0\0\x80\0\xff"s, "is compressed by lzma, the format before xz"},
  };
  for (const auto& [bytes, message] : formats) {
    const std::string path = folder.write("archive", bytes);
    CHECK(code_of_opening(path) == 65);
    CHECK_THROWS_WITH_AS(sp::open_source(path), doctest::Contains(message), sp::Error);
  }
}

TEST_CASE("a limit stops a bomb") {
  const TemporaryFolder folder;
  const std::string text(1 << 20, 'x');
  for (const std::string& packed : {gzip(text), zstd(text), xz(text), bzip2(text)}) {
    const std::string path = folder.write("bomb", packed);
    CHECK((read_file(path, 4096, {text.size(), false, ""}) == text));
    const std::string got = read_file(path, 4096, {text.size() - 1, false, ""});
    CHECK(begins(got, "!65 "));
    CHECK(got.find("--max-unpacked-bytes") != std::string::npos);
  }
}

TEST_CASE("what cannot be opened is NOINPUT") {
  const TemporaryFolder folder;
  CHECK(code_of_opening(folder / "missing.csv") == 66);
  CHECK(code_of_opening(folder.path()) == 66);
  if (geteuid() != 0) {
    const std::string secret = folder.write("secret", "x");
    chmod(secret.c_str(), 0);
    CHECK(code_of_opening(secret) == 66);
  }
}

TEST_CASE("a pipe's first bytes are handed out before its writer goes on") {
  const TemporaryFolder folder;
  const std::string fifo = folder / "fifo";
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  int answer[2];
  REQUIRE(pipe(answer) == 0);
  std::thread writer([&] {
    const int fd = ::open(fifo.c_str(), O_WRONLY);
    CHECK(::write(fd, "a\n", 2) == 2);
    char c = 0;  // waits until the reader has seen the line
    CHECK(::read(answer[0], &c, 1) == 1);
    CHECK(::write(fd, "1\n", 2) == 2);
    ::close(fd);
  });
  const auto source = sp::open_source(fifo);
  std::string text, buffer(100, '\0');
  while (text.size() < 2) text.append(buffer, 0, source->read(buffer.data(), buffer.size()));
  CHECK(text == "a\n");
  CHECK(::write(answer[1], "x", 1) == 1);
  text += drain(*source, 100);
  CHECK(text == "a\n1\n");
  CHECK(source->size_hint() == 0);
  writer.join();
  ::close(answer[0]);
  ::close(answer[1]);
}

TEST_CASE("memory is read in chunks") {
  const std::string text = sample(10);
  for (const std::size_t chunk : {1u, 7u, 1000u}) {
    const auto source = sp::memory_source(text, "m", chunk);
    char buffer[64];
    CHECK(source->read(buffer, sizeof buffer) == std::min<std::size_t>(chunk, 64));
    CHECK(source->name() == "m");
  }
  CHECK(drain(*sp::memory_source(text), 9) == text);
}
