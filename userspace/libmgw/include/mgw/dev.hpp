// SPDX-License-Identifier: GPL-2.0
/// Attached devices: their packets reach the module before the stack.
#ifndef MGW_DEV_HPP
#define MGW_DEV_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mgw {

inline constexpr std::size_t dev_name_max = 15;

struct Dev {
  /// As it is now: a device may be renamed while it is attached.
  std::string name;
  std::optional<std::uint32_t> ifindex;

  bool operator==(const Dev&) const = default;
};

/// What the kernel would take as the name of a device; throws ParseError.
std::string parse_dev_name(std::string_view word);

}  // namespace mgw

#endif
