# Writes OUT, a C++ source that holds the files of SQL_DIR, in the order of their numbers, with their
# SHA-256: cmake -DSQL_DIR=... -DOUT=... -P embed_sql.cmake
file(GLOB FILES ${SQL_DIR}/[0-9][0-9][0-9]_*.sql)
list(SORT FILES)
set(ARRAYS "")
set(ROWS "")
foreach(FILE ${FILES})
  get_filename_component(NAME ${FILE} NAME)
  string(SUBSTRING ${NAME} 0 3 DIGITS)
  math(EXPR NUMBER "1${DIGITS} - 1000")
  file(SHA256 ${FILE} SUM)
  file(READ ${FILE} HEX HEX)
  string(LENGTH "${HEX}" LENGTH)
  math(EXPR LENGTH "${LENGTH} / 2")
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," BYTES "${HEX}")
  string(APPEND ARRAYS "constexpr char kSql${DIGITS}[] = {${BYTES}};\n")
  string(APPEND ROWS "    {${NUMBER}, \"${NAME}\", \"${SUM}\", {kSql${DIGITS}, ${LENGTH}}},\n")
endforeach()
file(WRITE ${OUT} "// Made by cmake/embed_sql.cmake from sql/.
#include \"sp-load/db/migration.h\"

namespace sp::load {
namespace {

${ARRAYS}
constexpr Migration kMigrations[] = {
${ROWS}};

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

}  // namespace sp::load
")
