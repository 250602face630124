// SPDX-License-Identifier: GPL-2.0
/// Local addresses: the source addresses towards the rs.
#ifndef MGW_LADDR_HPP
#define MGW_LADDR_HPP

#include <cstdint>
#include <optional>
#include <string>

#include "mgw/address.hpp"

namespace mgw {

struct Laddr {
  Address addr;
  /// In a request that is about a range: where it ends.
  std::optional<Address> last;
  std::optional<std::string> pool;
  /// Where it belongs; none = the kernel chose.
  std::optional<std::uint32_t> home_cpu;
  /// Who owns it now.
  std::optional<std::uint32_t> cpu;
  std::optional<std::uint32_t> port_min;
  std::optional<std::uint32_t> port_max;
  std::optional<std::uint64_t> sessions;
  /// Refusals for want of a port.
  std::optional<std::uint64_t> exhausted;
  /// Deleted; it goes when its last session ends.
  bool draining = false;

  bool operator==(const Laddr&) const = default;
};

}  // namespace mgw

#endif
