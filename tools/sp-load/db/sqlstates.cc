#include "sp-load/db/sqlstates.h"

#include <algorithm>
#include <iterator>

namespace sp::load {
namespace {

struct Ruling {
  ExitCode exit_code;
  bool transient;
};
constexpr Ruling kAgain{ExitCode::kTempFail, true};   // passes: tried again at once
constexpr Ruling kLater{ExitCode::kTempFail, false};  // passes, but not in a moment
constexpr Ruling kData{ExitCode::kDataErr, false};    // a row is the reason
constexpr Ruling kConfig{ExitCode::kConfig, false};   // somebody must mend the database
constexpr Ruling kDisk{ExitCode::kIoErr, false};
constexpr Ruling kBug{ExitCode::kSoftware, false};

constexpr unsigned bit(Phase phase) { return 1U << static_cast<unsigned>(phase); }
constexpr unsigned kConnect = bit(Phase::kConnect);
constexpr unsigned kPrepare = bit(Phase::kPrepare);
constexpr unsigned kBefore = kConnect | kPrepare;
constexpr unsigned kOfRows = bit(Phase::kRows) | bit(Phase::kCommit);
constexpr unsigned kAny = kBefore | kOfRows;

struct Rule {
  const char* prefix;  // of the SQLSTATE
  unsigned phases;
  Ruling ruling;
  const char* meaning;
};

// PostgreSQL's Appendix A. The first row that fits counts. Only a row of the input is ever "wrong
// data": what a file cannot be the reason of must not send it to quarantine, nor, as a bug, to
// failed/. tests/db/sqlstate_test.py reads this table and tries each row in each of its phases.
constexpr Rule kRules[] = {
    // What the functions of schema sp say: SP and the exit status.
    {"SP65", kAny, kData, "the data are not what the database may take"},
    {"SP78", kAny, kConfig, "the database and the schema do not agree"},
    {"SP70", kAny, kConfig, "a function for people refused"},
    // What passes.
    {"08", kAny, kAgain, "the connection failed"},
    {"25006", kAny, kAgain, "the server is a standby, or read-only"},
    {"25P03", kAny, kAgain, "the server ended an idle transaction"},
    {"25P04", kAny, kLater, "the transaction took longer than the server allows"},
    {"40P01", kAny, kAgain, "a deadlock with another transaction"},
    {"40", kAny, kAgain, "another transaction was in the way"},
    {"53400", kAny, kConfig, "a limit that the server's configuration sets"},
    {"53", kAny, kAgain, "the server is short of a resource"},
    {"55000", kConnect, kAgain, "the database is closed for now"},
    {"55006", kAny, kAgain, "another session uses the object"},
    {"55P03", kAny, kAgain, "a lock was not to be had"},
    {"57P04", kAny, kConfig, "the database was dropped"},
    {"57P0", kAny, kAgain, "the server is stopping or starting"},
    {"57014", kAny, kLater, "the command was cancelled"},
    {"57", kAny, kLater, "an operator intervened"},
    {"72", kAny, kAgain, "the snapshot was too old"},
    {"HV00N", kAny, kAgain, "the foreign server is away"},
    // The server's disk.
    {"58P01", kAny, kConfig, "the server lacks a file"},
    {"58", kAny, kDisk, "the server's operating system failed"},
    {"XX001", kAny, kDisk, "the server's data are damaged"},
    {"XX002", kAny, kDisk, "an index of the server is damaged"},
    // What somebody must mend.
    {"42501", kConnect, kConfig, "a privilege is missing"},
    {"22", kConnect, kConfig, "the server refuses a setting; see PGOPTIONS, PGTZ, PGDATESTYLE"},
    {"42", kConnect, kConfig, "the server refuses a setting; see PGOPTIONS"},
    {"55P02", kConnect, kConfig, "the server refuses a setting; see PGOPTIONS"},
    {"0A", kAny, kConfig, "the server cannot do this"},
    {"2200H", kAny, kConfig, "a sequence of the database is used up"},
    {"28", kAny, kConfig, "the server does not let this user in"},
    {"3D", kAny, kConfig, "there is no such database"},
    {"3F", kAny, kConfig, "there is no such schema"},
    {"42501", kAny, kConfig,
     "a privilege is missing; for schema sp its owner can GRANT sp_loader, or sp_corrector for "
     "--on-conflict replace, TO this user"},
    {"42", kAny, kConfig, "the database is not as sp-load expects it"},
    {"54", kBefore, kConfig, "a limit of the server"},
    {"55", kAny, kConfig, "something in the database is not in the state that this needs"},
    {"F0", kAny, kConfig, "the server's configuration files are wrong"},
    {"HV", kAny, kConfig, "the foreign server is not as the database expects it"},
    // Rows.
    {"22", kOfRows, kData, "a value that the table cannot hold"},
    {"23", kOfRows, kData, "a row that breaks a constraint of the table"},
    {"44", kOfRows, kData, "a row that breaks a view's check option"},
    {"54", kOfRows, kData, "a row beyond a limit of the server"},
    {"P0001", kOfRows, kData, "a trigger refused the row"},
    // What sp-load's own statements do not raise.
    {"02", kAny, kConfig, "a function or trigger of the database failed"},
    {"03", kAny, kConfig, "a function or trigger of the database failed"},
    {"09", kAny, kConfig, "a function or trigger of the database failed"},
    {"0F", kAny, kConfig, "a function or trigger of the database failed"},
    {"0L", kAny, kConfig, "a function or trigger of the database failed"},
    {"0P", kAny, kConfig, "a function or trigger of the database failed"},
    {"0Z", kAny, kConfig, "a function or trigger of the database failed"},
    {"10", kAny, kConfig, "a function or trigger of the database failed"},
    {"20", kAny, kConfig, "a function or trigger of the database failed"},
    {"21", kAny, kConfig, "a function or trigger of the database failed"},
    {"22", kPrepare, kConfig, "a function or trigger of the database failed"},
    {"23", kBefore, kConfig, "a constraint of the database, broken by no row of the input"},
    {"27", kAny, kConfig, "a function or trigger of the database failed"},
    {"2B", kAny, kConfig, "a function or trigger of the database failed"},
    {"2D", kAny, kConfig, "a function or trigger of the database failed"},
    {"2F", kAny, kConfig, "a function or trigger of the database failed"},
    {"38", kAny, kConfig, "a function or trigger of the database failed"},
    {"39", kAny, kConfig, "a function or trigger of the database failed"},
    {"44", kBefore, kConfig, "a function or trigger of the database failed"},
    {"P0", kAny, kConfig, "a function or trigger of the database failed"},
    // A file whose rows crash the server ends in failed/; before its rows it is not the reason.
    {"", kBefore, kLater, "not expected"},
    {"", kOfRows, kBug, "not expected"},
};

}  // namespace

Verdict judge(std::string_view sqlstate, Phase phase) {
  const auto rule = std::find_if(std::begin(kRules), std::end(kRules), [&](const Rule& r) {
    return (r.phases & bit(phase)) != 0 && sqlstate.starts_with(r.prefix);
  });
  return {rule->ruling.exit_code, rule->ruling.transient, rule->meaning};
}

}  // namespace sp::load
