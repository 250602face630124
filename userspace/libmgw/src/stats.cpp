// SPDX-License-Identifier: GPL-2.0
#include "mgw/stats.hpp"

#include <linux/mgw.h>

#include <algorithm>
#include <array>

namespace mgw {

namespace {

struct Row {
  int id;
  std::string_view name;
  std::string_view meaning;
};

constexpr std::array rows = {
    Row{MGW_COUNTER_PACKETS_FROM_CLIENT, "packets_from_client",
        "packets of clients sent on"},
    Row{MGW_COUNTER_BYTES_FROM_CLIENT, "bytes_from_client",
        "bytes of clients sent on"},
    Row{MGW_COUNTER_PACKETS_FROM_RS, "packets_from_rs",
        "packets of rs sent on"},
    Row{MGW_COUNTER_BYTES_FROM_RS, "bytes_from_rs", "bytes of rs sent on"},
    Row{MGW_COUNTER_SESSIONS, "sessions", "live sessions"},
    Row{MGW_COUNTER_SESSIONS_CREATED, "sessions_created", "sessions made"},
    Row{MGW_COUNTER_SESSIONS_EXPIRED, "sessions_expired",
        "sessions ended by their timeout"},
    Row{MGW_COUNTER_SESSIONS_FLUSHED, "sessions_flushed",
        "sessions ended by an operator"},
    Row{MGW_COUNTER_SESSIONS_REUSED, "sessions_reused",
        "closed sessions replaced by a new SYN"},
    Row{MGW_COUNTER_SESSIONS_REPLACED, "sessions_replaced",
        "attempts and closed ones ended for a new one"},
    Row{MGW_COUNTER_SESSIONS_MOVED, "sessions_moved",
        "sessions taken over from another CPU"},
    Row{MGW_COUNTER_STEER_SENT, "steer_sent", "packets handed to another CPU"},
    Row{MGW_COUNTER_STEER_RECEIVED, "steer_received",
        "packets taken from another CPU"},
    Row{MGW_COUNTER_STEER_DEFERRED, "steer_deferred",
        "packets that waited for a moving session"},
    Row{MGW_COUNTER_DIRECTOR_FULL, "director_full",
        "sessions the flow director has no room for"},
    Row{MGW_COUNTER_TABLE_GROWN, "table_grown", "session tables made larger"},
    Row{MGW_COUNTER_TCP_OUT_OF_WINDOW, "tcp_out_of_window",
        "segments outside their window, sent on"},
    Row{MGW_COUNTER_LADDR_SPILLED, "laddr_spilled",
        "first packets sent on for want of a port"},
    Row{MGW_COUNTER_PASSED_NO_SERVICE, "passed_no_service",
        "to a vaddr, but to no service's port"},
    Row{MGW_COUNTER_PASSED_LADDR, "passed_laddr",
        "to a laddr, of no session: left to the host"},
    Row{MGW_COUNTER_FRAG_NEEDED_SENT, "frag_needed_sent",
        "ICMP messages: packet too big"},
    Row{MGW_COUNTER_TIME_EXCEEDED_SENT, "time_exceeded_sent",
        "ICMP messages: TTL ran out"},
    Row{MGW_COUNTER_RST_SENT, "rst_sent",
        "resets: a connection's session expired"},
    Row{MGW_COUNTER_INGRESS_PACKETS, "ingress_packets",
        "packets sent on that came by an ingress hook"},
    Row{MGW_COUNTER_INGRESS_PASSED, "ingress_passed",
        "left by an ingress hook to the one behind"},
    Row{MGW_COUNTER_ICMP_FORWARDED, "icmp_forwarded",
        "ICMP errors about packets of sessions"},
    Row{MGW_COUNTER_TOA_ADDED, "toa_added", "packets that name their client"},
    Row{MGW_COUNTER_TOA_PRUNED, "toa_pruned",
        "of these, with SACK blocks left out"},
    Row{MGW_COUNTER_TOA_NO_ROOM, "toa_no_room",
        "sent without TOA: no room among the options"},
    Row{MGW_COUNTER_TOA_TOO_BIG, "toa_too_big",
        "sent without TOA: no room in the MTU"},
    Row{MGW_COUNTER_TOA_NO_MEMORY, "toa_no_memory",
        "sent without TOA: no memory"},
    Row{MGW_COUNTER_TOA_FORGED, "toa_forged",
        "TOA that clients had written, blanked"},
    Row{MGW_COUNTER_DROP_TRUNCATED, "drop_truncated",
        "shorter than its headers say"},
    Row{MGW_COUNTER_DROP_BAD_HEADER, "drop_bad_header",
        "a header that contradicts itself"},
    Row{MGW_COUNTER_DROP_NO_MEMORY, "drop_no_memory",
        "no memory for a session or a packet"},
    Row{MGW_COUNTER_DROP_NO_SESSION, "drop_no_session",
        "of no session, and cannot start one"},
    Row{MGW_COUNTER_DROP_NO_RS, "drop_no_rs",
        "service has no rs with a weight"},
    Row{MGW_COUNTER_DROP_NO_LADDR, "drop_no_laddr",
        "pool has no laddr of the rs's family"},
    Row{MGW_COUNTER_DROP_LADDR_EXHAUSTED, "drop_laddr_exhausted",
        "no free port left towards the rs"},
    Row{MGW_COUNTER_DROP_SESSION_LIMIT, "drop_session_limit",
        "too many sessions already"},
    Row{MGW_COUNTER_DROP_STEER_FULL, "drop_steer_full",
        "queue of the owner CPU is full"},
    Row{MGW_COUNTER_DROP_CLAIM_RACE, "drop_claim_race",
        "several CPUs claimed its flow at once"},
    Row{MGW_COUNTER_DROP_NO_ROUTE, "drop_no_route",
        "no route to where it must go"},
    Row{MGW_COUNTER_DROP_TOO_BIG, "drop_too_big",
        "over the MTU, must not be fragmented"},
    Row{MGW_COUNTER_DROP_TTL, "drop_ttl", "TTL or hop limit ran out"},
    Row{MGW_COUNTER_DROP_MARTIAN, "drop_martian",
        "its source is ours, or no host's"},
    Row{MGW_COUNTER_DROP_UNSUPPORTED, "drop_unsupported",
        "a form of packet not handled yet"},
    Row{MGW_COUNTER_DROP_SHUTDOWN, "drop_shutdown",
        "the namespace is going away"},
    Row{MGW_COUNTER_DROP_TUPLE_TAKEN, "drop_tuple_taken",
        "another session has its client and rs"},
    Row{MGW_COUNTER_DROP_ICMP_CHECKSUM, "drop_icmp_checksum",
        "an ICMP error, checksum wrong"},
    Row{MGW_COUNTER_DROP_IPSEC, "drop_ipsec", "refused by an IPsec policy"},
    Row{MGW_COUNTER_DROP_DEVICE_MOVED, "drop_device_moved",
        "its device went to another namespace"},
    Row{MGW_COUNTER_DROP_RP_FILTER, "drop_rp_filter",
        "rp_filter: not by this device"},
};

static_assert(rows.size() == MGW_COUNTER_MAX,
              "every counter of the ABI has a row");

constexpr bool in_kernel_order() {
  for (std::size_t i = 0; i < rows.size(); i++) {
    if (rows[i].id != static_cast<int>(i) + 1) {
      return false;
    }
  }
  return true;
}
static_assert(in_kernel_order());

constexpr auto make_table() {
  std::array<CounterInfo, rows.size()> table{};
  std::transform(rows.begin(), rows.end(), table.begin(), [](const Row& row) {
    return CounterInfo{row.name, row.id >= MGW_COUNTER_DROP_FIRST, row.meaning};
  });
  return table;
}
constexpr auto table = make_table();

}  // namespace

std::span<const CounterInfo> counter_table() { return table; }

}  // namespace mgw
