/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * MGW, layer-4 load balancer: the netlink contract.
 *
 * One generic netlink family per network namespace. Every message carries one
 * or more object nests; a reply or a notification about an object has the same
 * nests as the request that made it:
 *
 *   INFO_GET                       -> INFO
 *   SERVICE_{ADD,SET,DEL,GET}      SERVICE
 *   RS_{ADD,SET,DEL,GET}           SERVICE (key), RS
 *   LADDR_{ADD,DEL,GET}            LADDR
 *   SESSION_GET (dump)             FILTER            -> SESSION
 *   SESSION_COUNT, SESSION_FLUSH   FILTER            -> COUNT
 *   STATS_GET (dump)               -> CPU, COUNTERS, one message for each CPU
 *   STATS_ZERO
 *   DEV_{ATTACH,DETACH,GET}        DEV
 *
 * Addresses are 4 or 16 bytes and ports are 16 bits, both in network byte
 * order; everything else is in host byte order. Described for tools in
 * Documentation/netlink/specs/mgw.yaml.
 */
#ifndef _UAPI_LINUX_MGW_H
#define _UAPI_LINUX_MGW_H

#define MGW_GENL_NAME		"mgw"
#define MGW_GENL_VERSION	1
#define MGW_GENL_MCGRP_EVENTS	"events"

/* Sizes of the strings, with their closing NUL. */
#define MGW_SCHED_NAME_MAX	16
#define MGW_POOL_NAME_MAX	32
#define MGW_DEV_NAME_MAX	16
#define MGW_POOL_DEFAULT	"default"

#define MGW_WEIGHT_MAX		65535
#define MGW_TIMEOUT_MAX		86400	/* seconds */
#define MGW_LADDR_RANGE_MAX	4096	/* addresses */

enum mgw_command {
	MGW_CMD_UNSPEC,
	MGW_CMD_INFO_GET,
	MGW_CMD_SERVICE_ADD,
	MGW_CMD_SERVICE_SET,
	MGW_CMD_SERVICE_DEL,
	MGW_CMD_SERVICE_GET,
	MGW_CMD_RS_ADD,
	MGW_CMD_RS_SET,
	MGW_CMD_RS_DEL,
	MGW_CMD_RS_GET,
	MGW_CMD_LADDR_ADD,
	MGW_CMD_LADDR_DEL,
	MGW_CMD_LADDR_GET,
	MGW_CMD_SESSION_GET,
	MGW_CMD_SESSION_COUNT,
	MGW_CMD_SESSION_FLUSH,
	MGW_CMD_STATS_GET,
	MGW_CMD_STATS_ZERO,
	/* Events only: the ports of a local address ran out for an rs. */
	MGW_CMD_LADDR_EXHAUSTED,
	MGW_CMD_DEV_ATTACH,
	/* Also an event of a device that went away, or lost its name. */
	MGW_CMD_DEV_DETACH,
	MGW_CMD_DEV_GET,

	__MGW_CMD_MAX
};
#define MGW_CMD_MAX (__MGW_CMD_MAX - 1)

/* How packets reach the real server. */
enum mgw_mode {
	MGW_MODE_FULLNAT,	/* from a local address to the rs */
	MGW_MODE_NAT,		/* from the client; replies come back through us */
	MGW_MODE_DR,		/* unchanged, to the MAC address of the rs */
	MGW_MODE_TUNNEL,	/* unchanged, within a packet to the rs */

	__MGW_MODE_MAX
};
#define MGW_MODE_MAX (__MGW_MODE_MAX - 1)

/* What is around a packet in mode tunnel. */
enum mgw_tunnel {
	MGW_TUNNEL_IPIP,	/* RFC 2003, 2473, 4213 */
	MGW_TUNNEL_GUE,		/* over UDP, version 0 */
	MGW_TUNNEL_GRE,		/* RFC 2784 */

	__MGW_TUNNEL_MAX
};
#define MGW_TUNNEL_MAX (__MGW_TUNNEL_MAX - 1)

/* Of the outer packet. */
enum mgw_tunnel_checksum {
	MGW_TUNNEL_CHECKSUM_NONE,
	MGW_TUNNEL_CHECKSUM_FULL,

	__MGW_TUNNEL_CHECKSUM_MAX
};
#define MGW_TUNNEL_CHECKSUM_MAX (__MGW_TUNNEL_CHECKSUM_MAX - 1)

/* Where GUE goes unless told otherwise. */
#define MGW_TUNNEL_PORT_DEFAULT	6080

/* What is done with the TCP timestamp option of a client's SYN. */
enum mgw_timestamps {
	MGW_TIMESTAMPS_STRIP,
	MGW_TIMESTAMPS_KEEP,

	__MGW_TIMESTAMPS_MAX
};
#define MGW_TIMESTAMPS_MAX (__MGW_TIMESTAMPS_MAX - 1)

/* Whether the rs is told the client's address and port in a TCP option. */
enum mgw_toa {
	MGW_TOA_OFF,
	MGW_TOA_ON,

	__MGW_TOA_MAX
};
#define MGW_TOA_MAX (__MGW_TOA_MAX - 1)

/* Number of that option: an experimental one, RFC 4727. */
#define MGW_TOA_KIND_DEFAULT	254
#define MGW_TOA_KIND_FIRST	35
#define MGW_TOA_KIND_LAST	254

/* States of a session; TCP walks through the first seven, UDP uses UDP*. */
enum mgw_session_state {
	MGW_SESSION_STATE_SYN_SENT,
	MGW_SESSION_STATE_SYN_RECV,
	MGW_SESSION_STATE_ESTABLISHED,
	MGW_SESSION_STATE_FIN_WAIT,
	MGW_SESSION_STATE_LAST_ACK,
	MGW_SESSION_STATE_TIME_WAIT,
	MGW_SESSION_STATE_CLOSE,
	MGW_SESSION_STATE_UDP,
	MGW_SESSION_STATE_UDP_REPLIED,

	__MGW_SESSION_STATE_MAX
};
#define MGW_SESSION_STATE_MAX (__MGW_SESSION_STATE_MAX - 1)

/* Top level of every message. */
enum mgw_attr {
	MGW_A_UNSPEC,
	MGW_A_INFO,		/* nest mgw_attr_info */
	MGW_A_SERVICE,		/* nest mgw_attr_service */
	MGW_A_RS,		/* nest mgw_attr_rs */
	MGW_A_LADDR,		/* nest mgw_attr_laddr */
	MGW_A_SESSION,		/* nest mgw_attr_session */
	MGW_A_FILTER,		/* nest mgw_attr_filter */
	MGW_A_COUNT,		/* u64 */
	MGW_A_CPU,		/* u32 */
	MGW_A_COUNTERS,		/* nest enum mgw_counter, u64 each */
	MGW_A_PAD,
	MGW_A_DEV,		/* nest mgw_attr_dev */

	__MGW_A_MAX
};
#define MGW_A_MAX (__MGW_A_MAX - 1)

enum mgw_attr_info {
	MGW_A_INFO_UNSPEC,
	MGW_A_INFO_VERSION,		/* string: release of the module */
	MGW_A_INFO_SESSION_SIZE,	/* u32: bytes of one session object */
	MGW_A_INFO_DIRECTOR_SLOTS,	/* u32: words of the flow director */
	MGW_A_INFO_SESSION_LIMIT,	/* u64: most sessions of the namespace */
	MGW_A_INFO_PAD,

	__MGW_A_INFO_MAX
};
#define MGW_A_INFO_MAX (__MGW_A_INFO_MAX - 1)

/* The key is PROTO, VADDR and VPORT, or FWMARK and FAMILY. */
enum mgw_attr_service {
	MGW_A_SERVICE_UNSPEC,
	MGW_A_SERVICE_PROTO,		/* u32: IPPROTO_TCP, IPPROTO_UDP */
	MGW_A_SERVICE_VADDR,		/* binary: 4 or 16 bytes */
	MGW_A_SERVICE_VPORT,		/* be16: 0 = every port */
	MGW_A_SERVICE_SCHED,		/* string */
	MGW_A_SERVICE_MODE,		/* u32: enum mgw_mode, default of its rs */
	MGW_A_SERVICE_POOL,		/* string: whence local addresses come */
	MGW_A_SERVICE_TIMESTAMPS,	/* u32: enum mgw_timestamps */
	MGW_A_SERVICE_TIMEOUTS,		/* nest mgw_attr_timeout */
	MGW_A_SERVICE_RS_COUNT,		/* u32, kernel to user */
	MGW_A_SERVICE_SESSIONS,		/* u64, kernel to user: live ones */
	MGW_A_SERVICE_TRAFFIC,		/* nest mgw_attr_traffic, kernel to user */
	MGW_A_SERVICE_PAD,
	MGW_A_SERVICE_TOA,		/* u32: enum mgw_toa, of tcp in mode fullnat */
	MGW_A_SERVICE_TOA_KIND,		/* u32: MGW_TOA_KIND_* */
	MGW_A_SERVICE_FWMARK,		/* u32: mark of the packets, not 0 */
	MGW_A_SERVICE_FAMILY,		/* u32: AF_INET, AF_INET6 */

	__MGW_A_SERVICE_MAX
};
#define MGW_A_SERVICE_MAX (__MGW_A_SERVICE_MAX - 1)

/* Idle time in seconds (u32) after which a session of that state ends. */
enum mgw_attr_timeout {
	MGW_A_TIMEOUT_UNSPEC,
	MGW_A_TIMEOUT_SYN_SENT,
	MGW_A_TIMEOUT_SYN_RECV,
	MGW_A_TIMEOUT_ESTABLISHED,
	MGW_A_TIMEOUT_FIN_WAIT,
	MGW_A_TIMEOUT_LAST_ACK,
	MGW_A_TIMEOUT_TIME_WAIT,
	MGW_A_TIMEOUT_CLOSE,
	MGW_A_TIMEOUT_UDP,
	MGW_A_TIMEOUT_UDP_REPLIED,

	__MGW_A_TIMEOUT_MAX
};
#define MGW_A_TIMEOUT_MAX (__MGW_A_TIMEOUT_MAX - 1)

/* Counters since creation or the last STATS_ZERO, u64 each. */
enum mgw_attr_traffic {
	MGW_A_TRAFFIC_UNSPEC,
	MGW_A_TRAFFIC_SESSIONS_TOTAL,
	MGW_A_TRAFFIC_PACKETS_FROM_CLIENT,
	MGW_A_TRAFFIC_BYTES_FROM_CLIENT,
	MGW_A_TRAFFIC_PACKETS_FROM_RS,
	MGW_A_TRAFFIC_BYTES_FROM_RS,
	MGW_A_TRAFFIC_PAD,

	__MGW_A_TRAFFIC_MAX
};
#define MGW_A_TRAFFIC_MAX (__MGW_A_TRAFFIC_MAX - 1)

/* RADDR and RPORT, within their service, are the key. */
enum mgw_attr_rs {
	MGW_A_RS_UNSPEC,
	MGW_A_RS_RADDR,			/* binary: 4 or 16 bytes */
	MGW_A_RS_RPORT,			/* be16: 0 = the port the client asked for */
	MGW_A_RS_WEIGHT,		/* u32: 0 = no new session */
	MGW_A_RS_MODE,			/* u32: enum mgw_mode */
	MGW_A_RS_SESSIONS,		/* u64, kernel to user: live ones */
	MGW_A_RS_TRAFFIC,		/* nest mgw_attr_traffic, kernel to user */
	MGW_A_RS_PAD,
	MGW_A_RS_TUNNEL,		/* u32: enum mgw_tunnel */
	MGW_A_RS_TUNNEL_PORT,		/* be16: of GUE */
	MGW_A_RS_TUNNEL_CHECKSUM,	/* u32: enum mgw_tunnel_checksum */

	__MGW_A_RS_MAX
};
#define MGW_A_RS_MAX (__MGW_A_RS_MAX - 1)

/* ADDR is the key: an address is in one pool only. */
enum mgw_attr_laddr {
	MGW_A_LADDR_UNSPEC,
	MGW_A_LADDR_ADDR,		/* binary: 4 or 16 bytes */
	MGW_A_LADDR_POOL,		/* string */
	MGW_A_LADDR_HOME_CPU,		/* u32: where it belongs; none = kernel chooses */
	MGW_A_LADDR_CPU,		/* u32, kernel to user: who owns it now */
	MGW_A_LADDR_PORT_MIN,		/* u32 */
	MGW_A_LADDR_PORT_MAX,		/* u32 */
	MGW_A_LADDR_SESSIONS,		/* u64, kernel to user: live ones */
	MGW_A_LADDR_EXHAUSTED,		/* u64, kernel to user: refusals for want of a port */
	MGW_A_LADDR_DRAINING,		/* flag, kernel to user: deleted, sessions go on */
	MGW_A_LADDR_PAD,
	MGW_A_LADDR_LAST,		/* binary: of a range that ADDR begins; ADD, DEL */

	__MGW_A_LADDR_MAX
};
#define MGW_A_LADDR_MAX (__MGW_A_LADDR_MAX - 1)

/* A network device with an ingress hook; NAME is the key, as it is now. */
enum mgw_attr_dev {
	MGW_A_DEV_UNSPEC,
	MGW_A_DEV_NAME,			/* string */
	MGW_A_DEV_IFINDEX,		/* u32, kernel to user */

	__MGW_A_DEV_MAX
};
#define MGW_A_DEV_MAX (__MGW_A_DEV_MAX - 1)

enum mgw_attr_session {
	MGW_A_SESSION_UNSPEC,
	MGW_A_SESSION_PROTO,		/* u32 */
	MGW_A_SESSION_CADDR,		/* binary: 4 or 16 bytes, as the next three */
	MGW_A_SESSION_VADDR,
	MGW_A_SESSION_LADDR,
	MGW_A_SESSION_RADDR,
	MGW_A_SESSION_CPORT,		/* be16, as the next three */
	MGW_A_SESSION_VPORT,
	MGW_A_SESSION_LPORT,
	MGW_A_SESSION_RPORT,
	MGW_A_SESSION_STATE,		/* u32: enum mgw_session_state */
	MGW_A_SESSION_MODE,		/* u32: enum mgw_mode */
	MGW_A_SESSION_CPU,		/* u32: the owner */
	MGW_A_SESSION_EXPIRES,		/* u32: seconds */
	MGW_A_SESSION_TRAFFIC,		/* nest mgw_attr_traffic, without SESSIONS_TOTAL */
	MGW_A_SESSION_PAD,

	__MGW_A_SESSION_MAX
};
#define MGW_A_SESSION_MAX (__MGW_A_SESSION_MAX - 1)

/*
 * What a session must match, all of what is given. VADDR, VPORT and PROTO are
 * the service the session was made for, or what the client asked for when that
 * one is known by a mark; a port needs its address.
 */
enum mgw_attr_filter {
	MGW_A_FILTER_UNSPEC,
	MGW_A_FILTER_PROTO,		/* u32 */
	MGW_A_FILTER_CADDR,		/* binary: 4 or 16 bytes */
	MGW_A_FILTER_CPORT,		/* be16 */
	MGW_A_FILTER_VADDR,
	MGW_A_FILTER_VPORT,
	MGW_A_FILTER_LADDR,
	MGW_A_FILTER_LPORT,
	MGW_A_FILTER_RADDR,
	MGW_A_FILTER_RPORT,
	MGW_A_FILTER_LIMIT,		/* u32: end a dump after that many */
	MGW_A_FILTER_FWMARK,		/* u32: of the service, of either family */

	__MGW_A_FILTER_MAX
};
#define MGW_A_FILTER_MAX (__MGW_A_FILTER_MAX - 1)

/*
 * Per-CPU counters, by their number inside MGW_A_COUNTERS. From
 * MGW_COUNTER_DROP_FIRST on each is a reason why a packet was dropped; no
 * packet is dropped without one of them.
 */
enum mgw_counter {
	MGW_COUNTER_UNSPEC,
	MGW_COUNTER_PACKETS_FROM_CLIENT,
	MGW_COUNTER_BYTES_FROM_CLIENT,
	MGW_COUNTER_PACKETS_FROM_RS,
	MGW_COUNTER_BYTES_FROM_RS,
	MGW_COUNTER_SESSIONS,			/* live ones; not zeroed */
	MGW_COUNTER_SESSIONS_CREATED,
	MGW_COUNTER_SESSIONS_EXPIRED,
	MGW_COUNTER_SESSIONS_FLUSHED,
	MGW_COUNTER_SESSIONS_REUSED,		/* a SYN replaced a closed session */
	MGW_COUNTER_SESSIONS_REPLACED,		/* a new one needed the place */
	MGW_COUNTER_SESSIONS_MOVED,		/* taken over from another CPU */
	MGW_COUNTER_STEER_SENT,			/* packets handed to another CPU */
	MGW_COUNTER_STEER_RECEIVED,
	MGW_COUNTER_STEER_DEFERRED,		/* waited for a session on the move */
	MGW_COUNTER_DIRECTOR_FULL,		/* sessions the director has no word for */
	MGW_COUNTER_TABLE_GROWN,
	MGW_COUNTER_TCP_OUT_OF_WINDOW,		/* forwarded, session left as it was */
	MGW_COUNTER_LADDR_SPILLED,		/* first packets sent on for want of a port */
	MGW_COUNTER_PASSED_NO_SERVICE,		/* to a vaddr, port without service */
	MGW_COUNTER_PASSED_LADDR,		/* to a laddr, no session: host's own */
	MGW_COUNTER_FRAG_NEEDED_SENT,
	MGW_COUNTER_TIME_EXCEEDED_SENT,
	MGW_COUNTER_RST_SENT,			/* to an end of a session that expired */
	MGW_COUNTER_INGRESS_PACKETS,		/* sent on, came by an ingress hook */
	MGW_COUNTER_INGRESS_PASSED,		/* left by it to the hook behind */
	MGW_COUNTER_ICMP_FORWARDED,		/* errors about packets of sessions */
	MGW_COUNTER_TOA_ADDED,			/* packets that name the client */
	MGW_COUNTER_TOA_PRUNED,			/* of those, with other options cut */
	MGW_COUNTER_TOA_NO_ROOM,		/* sent without it: options fill 40 bytes */
	MGW_COUNTER_TOA_TOO_BIG,		/* sent without it: over the MTU with it */
	MGW_COUNTER_TOA_NO_MEMORY,		/* sent without it */
	MGW_COUNTER_TOA_FORGED,			/* packets of clients that had one, blanked */

	MGW_COUNTER_DROP_TRUNCATED,
	MGW_COUNTER_DROP_BAD_HEADER,
	MGW_COUNTER_DROP_NO_MEMORY,
	MGW_COUNTER_DROP_NO_SESSION,
	MGW_COUNTER_DROP_NO_RS,
	MGW_COUNTER_DROP_NO_LADDR,
	MGW_COUNTER_DROP_LADDR_EXHAUSTED,
	MGW_COUNTER_DROP_SESSION_LIMIT,
	MGW_COUNTER_DROP_STEER_FULL,
	MGW_COUNTER_DROP_CLAIM_RACE,		/* CPUs claimed the flow at once */
	MGW_COUNTER_DROP_NO_ROUTE,
	MGW_COUNTER_DROP_TOO_BIG,
	MGW_COUNTER_DROP_TTL,
	MGW_COUNTER_DROP_MARTIAN,
	MGW_COUNTER_DROP_UNSUPPORTED,
	MGW_COUNTER_DROP_SHUTDOWN,
	MGW_COUNTER_DROP_TUPLE_TAKEN,		/* NAT: a session has this client, rs */
	MGW_COUNTER_DROP_ICMP_CHECKSUM,
	MGW_COUNTER_DROP_IPSEC,			/* by policy: in the clear, blocked, no state */
	MGW_COUNTER_DROP_DEVICE_MOVED,		/* to another netns, while handed over */
	MGW_COUNTER_DROP_RP_FILTER,		/* no way back to its source that way */

	__MGW_COUNTER_MAX
};
#define MGW_COUNTER_MAX (__MGW_COUNTER_MAX - 1)
#define MGW_COUNTER_DROP_FIRST MGW_COUNTER_DROP_TRUNCATED

#endif /* _UAPI_LINUX_MGW_H */
