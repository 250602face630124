// SPDX-License-Identifier: GPL-2.0
/// What can be asked of the reader in the kernel.
#ifndef MGW_TOA_READER_HPP
#define MGW_TOA_READER_HPP

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mgw/address.hpp"
#include "prefix.hpp"
#include "toa_maps.h"

namespace toa {

inline constexpr std::uint8_t default_kind = 254;

struct Settings {
  std::string cgroup = "/sys/fs/cgroup";
  /// Empty: every source.
  std::vector<Prefix> from;
  std::uint8_t kind = default_kind;
  /// A second kind for IPv6 addresses; the same as `kind` when there is none.
  std::uint8_t kind6 = default_kind;
};

/// In the order of enum toa_counter.
inline constexpr std::array<std::string_view, TOA_COUNTERS> counter_names = {
    "seen_v4", "seen_v6", "no_option", "untrusted", "malformed", "no_memory"};

struct Status {
  bool attached = false;
  Settings settings;
  /// The hooks that are in place; all four unless somebody removed one.
  std::vector<std::string> hooks;
  std::array<std::uint64_t, TOA_COUNTERS> counters{};
};

struct Connection {
  mgw::Endpoint client;
  mgw::Endpoint laddr;
  mgw::Endpoint rs;
};

class Reader {
 public:
  Reader() = default;
  virtual ~Reader() = default;
  Reader(const Reader&) = delete;
  Reader(Reader&&) = delete;
  Reader& operator=(const Reader&) = delete;
  Reader& operator=(Reader&&) = delete;

  /// These throw Error.
  virtual void attach(const Settings& settings) = 0;
  virtual void detach() = 0;
  virtual Status status() = 0;
  virtual std::vector<Connection> connections() = 0;
};

}  // namespace toa

#endif
