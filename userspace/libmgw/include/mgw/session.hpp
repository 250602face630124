// SPDX-License-Identifier: GPL-2.0
/// Sessions: client -> service outside, laddr -> rs inside.
#ifndef MGW_SESSION_HPP
#define MGW_SESSION_HPP

#include <cstdint>
#include <optional>

#include "mgw/service.hpp"

namespace mgw {

struct Session {
  Proto proto = Proto::tcp;
  Endpoint client;
  Endpoint service;
  Endpoint laddr;
  Endpoint rs;
  SessionState state = SessionState::syn_sent;
  Mode mode = Mode::fullnat;
  std::uint32_t cpu = 0;
  /// Seconds until it ends, if no packet comes.
  std::uint32_t expires = 0;
  std::optional<Traffic> traffic;

  bool operator==(const Session&) const = default;
};

/// What a session must match, all of what is given.
struct SessionFilter {
  std::optional<PartialEndpoint> client;
  std::optional<ServiceKey> service;
  /// That of the service, in both families.
  std::optional<std::uint32_t> fwmark;
  std::optional<PartialEndpoint> laddr;
  std::optional<PartialEndpoint> rs;
  /// End a dump after that many; no part of what matches.
  std::optional<std::uint32_t> limit;

  /// Whether every session matches.
  [[nodiscard]] bool matches_all() const {
    return !client && !service && !fwmark && !laddr && !rs;
  }

  bool operator==(const SessionFilter&) const = default;
};

}  // namespace mgw

#endif
