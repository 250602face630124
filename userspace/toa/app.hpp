// SPDX-License-Identifier: GPL-2.0
/// mgw-toa as a function, for main() and for the tests.
#ifndef MGW_TOA_APP_HPP
#define MGW_TOA_APP_HPP

#include <ostream>
#include <string>
#include <vector>

#include "reader.hpp"

namespace toa {

/// Runs one command line, without the program's name; returns the exit code.
int run(const std::vector<std::string>& words, std::ostream& out,
        std::ostream& err, Reader& reader);

}  // namespace toa

#endif
