// SPDX-License-Identifier: GPL-2.0
/// Help texts, made from the grammar; 80 columns.
#ifndef MGWADM_HELP_HPP
#define MGWADM_HELP_HPP

#include <string>

#include "command.hpp"

namespace mgwadm {

/// `mgwadm --help`
std::string root_help();
/// `mgwadm NOUN --help`
std::string noun_help(const Noun& noun);
/// "mgwadm rs add tcp|udp VADDR:PORT RADDR:PORT [OPTION]...", on one line.
std::string verb_usage(const Noun& noun, const Verb& verb);

}  // namespace mgwadm

#endif
