// SPDX-License-Identifier: GPL-2.0
/// A network the operator trusts.
#ifndef MGW_TOA_PREFIX_HPP
#define MGW_TOA_PREFIX_HPP

#include <span>
#include <string>
#include <string_view>

#include "mgw/address.hpp"
#include "toa_maps.h"

namespace toa {

struct Prefix {
  mgw::Address addr;
  unsigned bits = 0;

  /// Reads "10.0.1.0/24", "2001:db8::/64", or one address.
  static Prefix parse(std::string_view text);
  /// From the key of the map; what has no IPv4 in it is IPv6.
  static Prefix from_key(const toa_prefix& key);

  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] toa_prefix key() const;

  auto operator<=>(const Prefix&) const = default;
};

/// The address of 16 bytes, IPv4 where it is mapped.
mgw::Address unmapped(
    std::span<const std::uint8_t, mgw::Address::v6_size> bytes);

}  // namespace toa

#endif
