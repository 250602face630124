// SPDX-License-Identifier: GPL-2.0
/// Options without a value: there or not.
#ifndef MGWADM_SWITCHES_HPP
#define MGWADM_SWITCHES_HPP

#include <CLI/CLI.hpp>
#include <string>

namespace mgwadm {

/// CLI11's flags take values, so that "--all=false" would be there.
CLI::Option* add_switch(CLI::App& app, const std::string& names);
CLI::Option* add_switch(CLI::App& app, const std::string& names, bool& there);

/// Throws UsageError when `error` is about a switch that was given a value.
void refuse_switch_value(const CLI::ArgumentMismatch& error);

}  // namespace mgwadm

#endif
