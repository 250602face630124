/* SPDX-License-Identifier: GPL-2.0 */
/* TCP options that a session changes. */
#ifndef MGW_TCP_OPT_H
#define MGW_TCP_OPT_H

#include <linux/tcp.h>
#include <linux/unaligned.h>
#include <net/tcp.h>

/* The options of a usual segment: aligned timestamps and nothing else. */
static inline bool mgw_tcp_opt_only_timestamps(const struct tcphdr *th)
{
	return th->doff * 4 == sizeof(*th) + TCPOLEN_TSTAMP_ALIGNED &&
	       get_unaligned_be32(th + 1) == ((TCPOPT_NOP << 24) |
					      (TCPOPT_NOP << 16) |
					      (TCPOPT_TIMESTAMP << 8) |
					      TCPOLEN_TIMESTAMP);
}

/*
 * All walk the options of a header whose doff has been checked against the
 * linear part, and stop at the first option whose length lies. What they did to
 * the checksum of a writable header they return, or leave in @diff.
 *
 * strip_timestamps: NOPs in place of the option, RFC 7323 section 3.2: without
 * it in the SYN neither side may use it later.
 * blank_fast_open: NOPs in place of cookies and of what asks for one (RFC 7413).
 * shift_sack: adds @delta to the edges of all blocks (RFC 2018).
 * lower_mss: by so many bytes, unless that leaves less than TCP_MIN_MSS.
 * has_toa: whether there is one of @kind with a length of TOA, 8 or 20.
 * blank_toa: NOPs in place of these; false when there was none.
 */
__wsum mgw_tcp_opt_strip_timestamps(struct tcphdr *th);
__wsum mgw_tcp_opt_blank_fast_open(struct tcphdr *th);
__wsum mgw_tcp_opt_shift_sack(struct tcphdr *th, u32 delta);
__wsum mgw_tcp_opt_lower_mss(struct tcphdr *th, u16 by);
bool mgw_tcp_opt_has_toa(const struct tcphdr *th, u8 kind);
bool mgw_tcp_opt_blank_toa(struct tcphdr *th, u8 kind, __wsum *diff);

/**
 * mgw_tcp_opt_compact() - options in less room
 * @opt: all of them
 * @len: their length
 * @to: where they go
 * @room: bytes there
 *
 * NOPs are left out, and blocks of SACK, the oldest first, as far as need be.
 *
 * Return: bytes used; -ENOSPC when the others do not fit.
 */
int mgw_tcp_opt_compact(const u8 *opt, unsigned int len, u8 *to,
			unsigned int room);

#endif /* MGW_TCP_OPT_H */
