// SPDX-License-Identifier: GPL-2.0
/// What the kernel tells those who listen.
#ifndef MGW_EVENT_HPP
#define MGW_EVENT_HPP

#include <cstdint>
#include <optional>
#include <string>

#include "mgw/dev.hpp"
#include "mgw/laddr.hpp"
#include "mgw/service.hpp"
#include "mgw/session.hpp"

namespace mgw {

/// One notification. It carries the objects of the request that made it; an
/// rs comes with the key of its service inside.
struct Event {
  /// "service_add", "laddr_exhausted" ...; "lost" = the kernel had to leave
  /// some out, as the reader was too slow or memory short; "module_unloaded" =
  /// and all that was configured with it; "module_loaded" = again, with nothing
  /// configured.
  std::string name;
  std::optional<Service> service;
  std::optional<Rs> rs;
  std::optional<Laddr> laddr;
  std::optional<Dev> dev;
  std::optional<SessionFilter> filter;
  std::optional<std::uint64_t> count;

  bool operator==(const Event&) const = default;
};

}  // namespace mgw

#endif
