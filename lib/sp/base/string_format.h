// The formats of the type string that the Table Schema has: is a text one of them?
#pragma once

#include <string>
#include <string_view>

namespace sp {

using StringFormat = bool (*)(std::string_view text);

// "email": one address as RFC 5321 writes it, in ASCII or UTF-8 (RFC 6531), without quotes or
// comments. "uri": RFC 3986, with its scheme. "uuid": RFC 9562's 8-4-4-4-12 hexadecimal digits.
// "binary": base64 with its padding (RFC 4648). Null for any other name: all texts are right.
StringFormat find_string_format(const std::string& name);

}  // namespace sp
