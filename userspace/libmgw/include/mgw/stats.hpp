// SPDX-License-Identifier: GPL-2.0
/// Per-CPU counters and what they mean.
#ifndef MGW_STATS_HPP
#define MGW_STATS_HPP

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace mgw {

/// One counter of the kernel; its number is its place in counter_table().
struct CounterInfo {
  std::string_view name;
  /// A reason why a packet was dropped, as opposed to an event.
  bool is_drop;
  /// For a reader of `stats show --drops`.
  std::string_view meaning;
};

/// Every counter, in the kernel's order.
std::span<const CounterInfo> counter_table();

/// One CPU's counters, in the order of counter_table().
struct CpuCounters {
  std::uint32_t cpu = 0;
  std::vector<std::uint64_t> values =
      std::vector<std::uint64_t>(counter_table().size());

  bool operator==(const CpuCounters&) const = default;
};

}  // namespace mgw

#endif
