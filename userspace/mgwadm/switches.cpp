// SPDX-License-Identifier: GPL-2.0
#include "switches.hpp"

#include "usage_error.hpp"

namespace mgwadm {

CLI::Option* add_switch(CLI::App& app, const std::string& names) {
  return app.add_flag(names)->disable_flag_override();
}

CLI::Option* add_switch(CLI::App& app, const std::string& names, bool& there) {
  return app.add_flag(names, there)->disable_flag_override();
}

void refuse_switch_value(const CLI::ArgumentMismatch& error) {
  /* CLI11 names it without its dashes: "all was given a disallowed ...". */
  const std::string text = error.what();
  const auto end = text.find(" was given");
  if (end != std::string::npos) {
    throw UsageError((end == 1 ? "-" : "--") + text.substr(0, end),
                     "takes no value: leave it out for 'no'");
  }
}

}  // namespace mgwadm
