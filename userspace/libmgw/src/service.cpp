// SPDX-License-Identifier: GPL-2.0
#include "mgw/service.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mgw {

bool Timeouts::empty() const {
  return std::none_of(seconds.begin(), seconds.end(),
                      [](const auto& value) { return value.has_value(); });
}

void Timeouts::parse(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) {
    throw ParseError(fmt::format(
        "'{}' is no timeout: write NAME=SECONDS, such as established=900",
        text));
  }
  const auto state = parse_session_state(text.substr(0, equals));
  auto& slot = seconds.at(static_cast<std::size_t>(state));
  if (slot) {
    throw ParseError(
        fmt::format("timeout {} is given twice", to_string(state)));
  }
  try {
    slot = static_cast<std::uint32_t>(
        parse_number(text.substr(equals + 1), 1, timeout_max));
  } catch (const ParseError&) {
    throw ParseError(fmt::format("timeout {} is '{}': give 1 to {} seconds",
                                 to_string(state), text.substr(equals + 1),
                                 timeout_max));
  }
}

std::string ServiceKey::to_string() const {
  if (fwmark) {
    return fmt::format("fwmark {}{}", *fwmark,
                       family == Family::v6 ? " --family ipv6" : "");
  }
  return fmt::format("{} {}", mgw::to_string(proto), endpoint.to_string());
}

std::string RsKey::to_string() const {
  return fmt::format("{} {}", service.to_string(), endpoint.to_string());
}

}  // namespace mgw
