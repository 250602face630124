// SPDX-License-Identifier: GPL-2.0
/// Services, their rs, and the traffic of both. Optional members are what a
/// request may leave to the kernel and a notification may leave out.
#ifndef MGW_SERVICE_HPP
#define MGW_SERVICE_HPP

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "mgw/address.hpp"
#include "mgw/words.hpp"

namespace mgw {

/// Counters since creation or the last zeroing.
struct Traffic {
  std::optional<std::uint64_t> sessions_total;
  std::uint64_t packets_from_client = 0;
  std::uint64_t bytes_from_client = 0;
  std::uint64_t packets_from_rs = 0;
  std::uint64_t bytes_from_rs = 0;

  bool operator==(const Traffic&) const = default;
};

/// Idle seconds, by session state; what is not given stays as it is.
struct Timeouts {
  std::array<std::optional<std::uint32_t>, session_state_count> seconds;

  /// Whether none is given.
  [[nodiscard]] bool empty() const;
  /// Reads "NAME=SECONDS" and adds it to the others.
  void parse(std::string_view text);

  bool operator==(const Timeouts&) const = default;
};

/// What clients connect to; port 0 = every port. Or what packets of a family
/// have as their firewall mark, and then nothing else.
struct ServiceKey {
  Proto proto = Proto::tcp;
  Endpoint endpoint;
  std::optional<std::uint32_t> fwmark = std::nullopt;
  Family family = Family::v4;

  static ServiceKey by_mark(std::uint32_t mark, Family family) {
    return {Proto::tcp, {}, mark, family};
  }

  /// "tcp 10.0.0.1:80", "fwmark 7", "fwmark 7 --family ipv6"
  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const ServiceKey&) const = default;
};

struct Service {
  ServiceKey key;
  std::optional<std::string> sched;
  std::optional<Mode> mode;
  std::optional<std::string> pool;
  std::optional<Timestamps> timestamps;
  /// Whether rs are told the client in a TCP option, and its number.
  std::optional<bool> toa;
  std::optional<std::uint32_t> toa_kind;
  Timeouts timeouts;
  std::optional<std::uint32_t> rs_count;
  std::optional<std::uint64_t> sessions;
  std::optional<Traffic> traffic;

  bool operator==(const Service&) const = default;
};

/// An rs within its service; port 0 = the one the client asked for.
struct RsKey {
  ServiceKey service;
  Endpoint endpoint;

  /// "tcp 10.0.0.1:80 10.1.0.1:8080"
  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const RsKey&) const = default;
};

struct Rs {
  RsKey key;
  std::optional<std::uint32_t> weight;
  std::optional<Mode> mode;
  /// Of mode tunnel; the port of gue, the checksum of gue and gre.
  std::optional<Tunnel> tunnel;
  std::optional<std::uint16_t> tunnel_port;
  std::optional<bool> tunnel_checksum;
  std::optional<std::uint64_t> sessions;
  std::optional<Traffic> traffic;

  bool operator==(const Rs&) const = default;
};

}  // namespace mgw

#endif
