/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the BPF programs and mgw-toa keep in maps together. Addresses are 16
 * bytes everywhere, IPv4 as ::ffff:a.b.c.d, so that one table holds both.
 */
#ifndef MGW_TOA_MAPS_H
#define MGW_TOA_MAPS_H

#include <linux/types.h>

enum {
	TOA_PREFIXES_MAX = 1024,
	TOA_CGROUP_MAX = 254,
	/* DPVS's toa.ko and its patched servers have this number, too. */
	TOA_SO_GET_LOOKUP = 4096,
};

/* Whose word is believed: key of an LPM trie. */
struct toa_prefix {
	__u32 bits;
	__u8 addr[16];
};

struct toa_config {
	__u8 kind;
	__u8 kind6;
	/* As the operator wrote it, for "show". */
	char cgroup[TOA_CGROUP_MAX];
};

enum toa_state {
	/* Trusted, and no option yet. */
	TOA_LOOKING,
	/* The client is known. */
	TOA_KNOWN,
};

/* Of one socket; it goes when the socket does. */
struct toa_client {
	__u8 caddr[16];
	__u8 laddr[16];
	__u8 raddr[16];
	/* Network order. */
	__u16 cport;
	__u16 lport;
	__u16 rport;
	__u8 state;
	__u8 is_v6;
	/* What the client acknowledged in the handshake: while it is the same, the
	 * balancer sends the option.
	 */
	__u32 first_ack;
	__u8 looks;
	/* Somebody else asked for the callback before us. */
	__u8 keep_callback;
	__u8 unused[2];
};

/* Answer of getsockopt(IPPROTO_IP, TOA_SO_GET_LOOKUP). */
struct toa_nat64_peer {
	__u8 saddr[16];
	/* Network order. */
	__u16 port;
	__u16 unused;
};

enum toa_counter {
	TOA_SEEN_V4,
	TOA_SEEN_V6,
	TOA_NO_OPTION,
	TOA_UNTRUSTED,
	TOA_BROKEN,
	TOA_NO_MEMORY,
	TOA_COUNTERS,
};

#endif
