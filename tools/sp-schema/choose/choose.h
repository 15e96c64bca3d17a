// sp-schema choose: which of the schemas in some folders fits a file.
#pragma once

#include "sp-schema/choose/fit.h"
#include "sp-schema/options.h"
#include "sp/base/diagnostic.h"

namespace sp::choose {

// What is said of a file: the schema, and why it and no other.
struct Choice {
  std::string schema;
  std::string why;
  std::vector<std::string> columns;  // of the file, in the order of their names
};

// The one of `fits`, one for each candidate in their order, that fits best. Throws Error(kConfig)
// where two fit alike, or where one that is broken might have been the one; Error(kDataErr) where
// none fits.
Choice choose_among(const std::vector<Fit>& fits);

// Writes the answers to standard output and to the file of outcomes. Throws Error: of a single file
// what is wrong with it, of several the highest status.
void run_choose(const ChooseOptions& options, const Log& log);

}  // namespace sp::choose
