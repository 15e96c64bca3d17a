# Every third-party library, from Debian's packages (scripts/install-deps names them).
find_package(CLI11 REQUIRED)
find_package(FastFloat REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS filesystem)
find_package(simdjson REQUIRED)
find_package(date REQUIRED)
find_package(fmt REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(UDUNITS REQUIRED IMPORTED_TARGET udunits)
pkg_check_modules(NETTLE REQUIRED IMPORTED_TARGET nettle)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)

# Rarely needed: linked into the programs, so that no start waits for them to be loaded.
find_library(LZMA liblzma.a REQUIRED)
find_library(BZIP2 libbz2.a REQUIRED)
find_library(UTF8PROC libutf8proc.a REQUIRED)
