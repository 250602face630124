// SPDX-License-Identifier: GPL-2.0
/// The command line of mgw-toa, and its help.
#ifndef MGW_TOA_COMMAND_LINE_HPP
#define MGW_TOA_COMMAND_LINE_HPP

#include <optional>
#include <string>
#include <vector>

#include "reader.hpp"
#include "usage_error.hpp"

namespace toa {

using mgwadm::UsageError;

enum class Verb { attach, detach, show, show_connections };

struct CommandLine {
  bool json = false;
  Verb verb = Verb::show;
  /// Of attach.
  Settings settings;
  /// Of --help or --version: nothing else is done.
  std::optional<std::string> text;
};

/// Throws UsageError.
CommandLine parse_command_line(const std::vector<std::string>& words);

/// Whether errors are to be JSON, even when the rest cannot be read.
bool wants_json(const std::vector<std::string>& words);

/// `mgw-toa --help`; 80 columns.
std::string help();

}  // namespace toa

#endif
