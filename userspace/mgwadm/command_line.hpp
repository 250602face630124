// SPDX-License-Identifier: GPL-2.0
/// Reads the command line after the grammar's tables.
#ifndef MGWADM_COMMAND_LINE_HPP
#define MGWADM_COMMAND_LINE_HPP

#include <optional>
#include <string>
#include <vector>

#include "command.hpp"

namespace mgwadm {

/// Either a verb to run or a text to print.
struct CommandLine {
  bool json = false;
  std::optional<std::string> netns;
  const Verb* verb = nullptr;
  Arguments arguments;
  /// Of --help or --version.
  std::optional<std::string> text;
};

/// Throws UsageError.
CommandLine parse_command_line(const std::vector<std::string>& words);

/// Whether errors are to be JSON, even when the rest cannot be read.
bool wants_json(const std::vector<std::string>& words);

}  // namespace mgwadm

#endif
