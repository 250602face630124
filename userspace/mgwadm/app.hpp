// SPDX-License-Identifier: GPL-2.0
/// mgwadm as a function, for main() and for the tests.
#ifndef MGWADM_APP_HPP
#define MGWADM_APP_HPP

#include <ostream>
#include <string>
#include <vector>

#include "command.hpp"
#include "complaint.hpp"

namespace mgwadm {

/// Runs one command line, without the program's name; returns the exit code.
int run(const std::vector<std::string>& words, std::ostream& out,
        std::ostream& err, const Context::Connect& connect);

}  // namespace mgwadm

#endif
