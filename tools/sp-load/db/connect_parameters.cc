#include "sp-load/db/connect_parameters.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "sp/base/diagnostic.h"

namespace sp::load {
namespace {

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using ConninfoOptions = std::unique_ptr<PQconninfoOption, FreeOptions>;

// A server that vanished without a word is noticed after some 40 s, not after two hours.
constexpr struct {
  const char* keyword;
  const char* value;
} kDefaults[] = {
    {"connect_timeout", "10"}, {"keepalives_idle", "20"},     {"keepalives_interval", "5"},
    {"keepalives_count", "4"}, {"tcp_user_timeout", "40000"},
};

void add_given(std::set<std::string_view>& given, const PQconninfoOption* option) {
  for (; option != nullptr && option->keyword != nullptr; ++option) {
    if (option->val != nullptr) given.insert(option->keyword);
  }
}

// Whether the next word stands where a value should: 'host= dbname=x' says the host "dbname=x".
bool is_next_word(std::string_view value, const PQconninfoOption* options) {
  const std::size_t end = value.find('=');
  if (end == value.npos) return false;
  for (; options->keyword != nullptr; ++options) {
    if (options->keyword == value.substr(0, end)) return true;
  }
  return false;
}

// An empty one is mostly a variable of a script that was not set; libpq takes the default for it,
// which may be another database.
void require_values(const PQconninfoOption* options) {
  static constexpr std::string_view kWhere[] = {"host", "hostaddr", "port", "dbname", "user"};
  for (const PQconninfoOption* o = options; o->keyword != nullptr; ++o) {
    if (o->val == nullptr || (*o->val != '\0' && !is_next_word(o->val, options))) continue;
    if (std::find(std::begin(kWhere), std::end(kWhere), o->keyword) == std::end(kWhere)) continue;
    throw Error(ExitCode::kUsage, std::string("--dsn: ") + o->keyword +
                                      " has no value; leave it out where the default is meant");
  }
}

}  // namespace

void ConnectParameters::add(const char* keyword, const char* value) {
  keywords_.push_back(keyword);
  values_.push_back(value);
}

ConnectParameters::ConnectParameters(const std::string& dsn) : dsn_(dsn) {
  std::set<std::string_view> given;
  const ConninfoOptions defaults(PQconndefaults());  // environment and PGSERVICE
  add_given(given, defaults.get());
  ConninfoOptions parsed;
  const bool is_connection_string = dsn.find('=') != std::string::npos ||
                                    dsn.starts_with("postgresql://") ||
                                    dsn.starts_with("postgres://");
  if (is_connection_string) {
    char* message = nullptr;  // repeats parts of the string, a password perhaps
    parsed.reset(PQconninfoParse(dsn.c_str(), &message));
    PQfreemem(message);
    if (!parsed) {
      throw Error(ExitCode::kUsage,
                  "--dsn is not a connection string: expected postgresql://... or "
                  "'host=... dbname=...' (its text is not shown, for it may hold a "
                  "password)");
    }
    require_values(parsed.get());
    add_given(given, parsed.get());
  }
  for (const auto& option : kDefaults) {
    if (!given.contains(option.keyword)) add(option.keyword, option.value);
  }
  add("fallback_application_name", "sp-load");
  if (!dsn_.empty()) add("dbname", dsn_.c_str());
  add("client_encoding", "UTF8");
  add(nullptr, nullptr);
}

ChangedParameters::ChangedParameters(const ConnectParameters& parameters,
                                     const ConnectOptionValues& changes) {
  for (std::size_t i = 0; parameters.keywords()[i] != nullptr; ++i) {
    add(parameters.keywords()[i], parameters.values()[i]);
  }
  for (const auto& [keyword, value] : changes) add(keyword.c_str(), value.c_str());
  add(nullptr, nullptr);
}

void ChangedParameters::add(const char* keyword, const char* value) {
  keywords_.push_back(keyword);
  values_.push_back(value);
}

ConnectionStart ChangedParameters::start() const {
  return {PQconnectStartParams(keywords_.data(), values_.data(), 1), PQfinish};
}

PGPing ChangedParameters::ping() const { return PQpingParams(keywords_.data(), values_.data(), 1); }

}  // namespace sp::load
