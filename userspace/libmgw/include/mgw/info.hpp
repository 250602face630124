// SPDX-License-Identifier: GPL-2.0
/// What the module says about itself.
#ifndef MGW_INFO_HPP
#define MGW_INFO_HPP

#include <cstdint>
#include <string>

namespace mgw {

struct Info {
  /// Release of the module.
  std::string version;
  /// Bytes of one session object.
  std::uint32_t session_size = 0;
  std::uint32_t director_slots = 0;
  /// Most sessions of the namespace.
  std::uint64_t session_limit = 0;

  bool operator==(const Info&) const = default;
};

}  // namespace mgw

#endif
