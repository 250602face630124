// SPDX-License-Identifier: GPL-2.0
/// mgw-toa as a function, for main() and for the tests.
#ifndef MGW_TOA_APP_HPP
#define MGW_TOA_APP_HPP

#include <ostream>
#include <string>
#include <vector>

#include "reader.hpp"

namespace toa {

enum ExitCode : int {
  exit_done = 0,
  exit_refused = 1,
  exit_usage = 2,
  exit_unavailable = 3,
};

/// Runs one command line, without the program's name; returns the exit code.
int run(const std::vector<std::string>& words, std::ostream& out,
        std::ostream& err, Reader& reader);

}  // namespace toa

#endif
