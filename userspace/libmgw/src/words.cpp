// SPDX-License-Identifier: GPL-2.0
#include "mgw/words.hpp"

#include <fmt/format.h>
#include <linux/in.h>
#include <linux/mgw.h>

#include <algorithm>
#include <charconv>

namespace mgw {

namespace {

/// Words of an enumeration that counts from zero.
using WordTable = std::span<const std::string_view>;

constexpr std::array<std::string_view, MGW_MODE_MAX + 1> modes = {
    "fullnat", "nat", "dr", "tunnel"};

constexpr std::array<std::string_view, MGW_TUNNEL_MAX + 1> tunnels = {
    "ipip", "gue", "gre"};

constexpr std::array<std::string_view, 2> switches = {"off", "on"};

constexpr std::array<std::string_view, MGW_TIMESTAMPS_MAX + 1>
    timestamps_words = {"strip", "keep"};

constexpr std::array<std::string_view, MGW_SESSION_STATE_MAX + 1> states = {
    "syn_sent",  "syn_recv", "established", "fin_wait",   "last_ack",
    "time_wait", "close",    "udp",         "udp_replied"};

constexpr std::array<std::string_view, 3> scheds = {"rr", "wrr", "wlc"};
constexpr std::array<std::string_view, 3> service_kinds = {"tcp", "udp",
                                                           "fwmark"};
constexpr std::array<std::string_view, 2> families = {"ipv4", "ipv6"};

static_assert(static_cast<int>(Proto::tcp) == IPPROTO_TCP);
static_assert(static_cast<int>(Proto::udp) == IPPROTO_UDP);
static_assert(static_cast<int>(Family::v4) == 0);
static_assert(static_cast<int>(Family::v6) == 1);
static_assert(static_cast<int>(Mode::fullnat) == MGW_MODE_FULLNAT);
static_assert(static_cast<int>(Mode::tunnel) == MGW_MODE_TUNNEL);
static_assert(static_cast<int>(Tunnel::ipip) == MGW_TUNNEL_IPIP);
static_assert(static_cast<int>(Tunnel::gre) == MGW_TUNNEL_GRE);
static_assert(static_cast<int>(Timestamps::strip) == MGW_TIMESTAMPS_STRIP);
static_assert(static_cast<int>(Timestamps::keep) == MGW_TIMESTAMPS_KEEP);
static_assert(static_cast<int>(SessionState::syn_sent) ==
              MGW_SESSION_STATE_SYN_SENT);
static_assert(static_cast<int>(SessionState::udp_replied) ==
              MGW_SESSION_STATE_UDP_REPLIED);
static_assert(session_state_count == MGW_SESSION_STATE_MAX + 1);
static_assert(timeout_max == MGW_TIMEOUT_MAX);
static_assert(weight_max == MGW_WEIGHT_MAX);
static_assert(toa_kind_first == MGW_TOA_KIND_FIRST);
static_assert(toa_kind_last == MGW_TOA_KIND_LAST);
static_assert(pool_name_max == MGW_POOL_NAME_MAX - 1);

template <typename Enum>
std::string word_of(Enum value, WordTable table) {
  const auto index = static_cast<std::size_t>(value);
  return index < table.size() ? std::string(table[index])
                              : std::to_string(index);
}

std::size_t index_of(std::string_view word, std::string_view what,
                     WordTable table) {
  const auto found = std::find(table.begin(), table.end(), word);
  if (found != table.end()) {
    return static_cast<std::size_t>(found - table.begin());
  }
  const auto near = nearest(word, table);
  if (near) {
    throw ParseError(
        fmt::format("unknown {} '{}': did you mean '{}'?", what, word, *near));
  }
  throw ParseError(
      fmt::format("unknown {} '{}': use {}", what, word, join_or(table)));
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); j++) {
    row[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); i++) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); j++) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string to_string(Proto proto) {
  switch (proto) {
    case Proto::tcp:
      return "tcp";
    case Proto::udp:
      return "udp";
  }
  return std::to_string(static_cast<std::uint32_t>(proto));
}

std::string to_string(Family family) { return word_of(family, families); }

std::string to_string(Mode mode) { return word_of(mode, modes); }

std::string to_string(Tunnel tunnel) { return word_of(tunnel, tunnels); }

std::string to_string(Timestamps timestamps) {
  return word_of(timestamps, timestamps_words);
}

std::string to_string(SessionState state) { return word_of(state, states); }

std::optional<Proto> parse_service_kind(std::string_view word) {
  switch (index_of(word, "protocol", service_kinds)) {
    case 0:
      return Proto::tcp;
    case 1:
      return Proto::udp;
    default:
      return std::nullopt;
  }
}

std::uint32_t parse_fwmark(std::string_view word) {
  const bool hex = word.starts_with("0x") || word.starts_with("0X");
  const auto digits = word.substr(hex ? 2 : 0);
  const char* const end = digits.data() + digits.size();
  std::uint32_t mark = 0;
  const auto result = std::from_chars(digits.data(), end, mark, hex ? 16 : 10);
  if (digits.empty() || result.ec != std::errc{} || result.ptr != end) {
    throw ParseError(
        fmt::format("'{}' is no firewall mark: give 1 to 4294967295, or 0x1 to "
                    "0xffffffff",
                    word));
  }
  if (mark == 0) {
    throw ParseError(
        "mark 0 is that of packets nobody has marked: give 1 to 4294967295");
  }
  return mark;
}

Family parse_family(std::string_view word) {
  return static_cast<Family>(index_of(word, "family", families));
}

Mode parse_mode(std::string_view word) {
  return static_cast<Mode>(index_of(word, "mode", modes));
}

Tunnel parse_tunnel(std::string_view word) {
  return static_cast<Tunnel>(index_of(word, "tunnel", tunnels));
}

bool parse_switch(std::string_view word) {
  return index_of(word, "setting", switches) == 1;
}

Timestamps parse_timestamps(std::string_view word) {
  return static_cast<Timestamps>(
      index_of(word, "timestamps setting", timestamps_words));
}

SessionState parse_session_state(std::string_view word) {
  return static_cast<SessionState>(index_of(word, "timeout", states));
}

std::string parse_sched(std::string_view word) {
  return std::string(scheds.at(index_of(word, "scheduler", scheds)));
}

std::string parse_pool(std::string_view word) {
  /* The same letters as the kernel takes. */
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (word.empty() || word.size() > pool_name_max ||
      word.find_first_not_of(letters) != std::string_view::npos) {
    throw ParseError(
        fmt::format("'{}' is no name of a pool: give 1 to {} letters, digits, "
                    "'.', '_' and '-'",
                    word, pool_name_max));
  }
  return std::string(word);
}

std::span<const std::string_view> sched_words() { return scheds; }

std::span<const std::string_view> session_state_words() { return states; }

std::optional<std::string_view> nearest(
    std::string_view word, std::span<const std::string_view> candidates) {
  std::optional<std::string_view> best;
  std::size_t best_distance = 3;
  for (const auto candidate : candidates) {
    const auto distance = edit_distance(word, candidate);
    /* Half the letters wrong is another word, not a slip. */
    if (distance < best_distance && distance * 2 <= candidate.size()) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string join_or(std::span<const std::string_view> words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); i++) {
    if (i != 0) {
      text += i + 1 == words.size() ? " or " : ", ";
    }
    text += words[i];
  }
  return text;
}

}  // namespace mgw
