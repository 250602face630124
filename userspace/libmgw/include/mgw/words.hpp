// SPDX-License-Identifier: GPL-2.0
/// The closed sets of words: one table each, for parsing and printing alike.
/// Values are those of the kernel; one this release does not know prints as
/// its number.
#ifndef MGW_WORDS_HPP
#define MGW_WORDS_HPP

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mgw/address.hpp"

namespace mgw {

enum class Proto : std::uint32_t { tcp = 6, udp = 17 };

/// How packets reach the rs.
enum class Mode : std::uint32_t { fullnat, nat, dr, tunnel };

/// What is around a packet in mode tunnel.
enum class Tunnel : std::uint32_t { ipip, gue, gre };

/// What happens to the timestamp option of a client's SYN.
enum class Timestamps : std::uint32_t { strip, keep };

enum class SessionState : std::uint32_t {
  syn_sent,
  syn_recv,
  established,
  fin_wait,
  last_ack,
  time_wait,
  close,
  udp,
  udp_replied,
};

inline constexpr std::size_t session_state_count = 9;

/// Longest idle time that can be set, in seconds.
inline constexpr std::uint32_t timeout_max = 86400;
inline constexpr std::uint32_t weight_max = 65535;
inline constexpr std::size_t pool_name_max = 31;
/// Numbers the option that names the client may have.
inline constexpr std::uint32_t toa_kind_first = 35;
inline constexpr std::uint32_t toa_kind_last = 254;

std::string to_string(Proto proto);
/// "ipv4" or "ipv6"
std::string to_string(Family family);
std::string to_string(Mode mode);
std::string to_string(Tunnel tunnel);
std::string to_string(Timestamps timestamps);
std::string to_string(SessionState state);

/// These throw ParseError with the words that would have been right.
/// What a service is known by: a protocol, with an endpoint, or "fwmark", which
/// is no protocol.
std::optional<Proto> parse_service_kind(std::string_view word);
/// 1 to 4294967295, decimal or with 0x.
std::uint32_t parse_fwmark(std::string_view word);
Family parse_family(std::string_view word);
Mode parse_mode(std::string_view word);
Tunnel parse_tunnel(std::string_view word);
/// "on" or "off"
bool parse_switch(std::string_view word);
Timestamps parse_timestamps(std::string_view word);
SessionState parse_session_state(std::string_view word);
std::string parse_sched(std::string_view word);
std::string parse_pool(std::string_view word);

std::span<const std::string_view> sched_words();
std::span<const std::string_view> session_state_words();

/// The candidate nearest to a mistyped word, if one is near enough.
std::optional<std::string_view> nearest(
    std::string_view word, std::span<const std::string_view> candidates);

/// "a, b or c"
std::string join_or(std::span<const std::string_view> words);

}  // namespace mgw

#endif
