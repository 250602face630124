/* SPDX-License-Identifier: GPL-2.0 */
/* TCP options that a session changes. */
#ifndef MGW_TCP_OPT_H
#define MGW_TCP_OPT_H

#include <linux/tcp.h>

/*
 * Both walk the options of a writable header whose doff has been checked
 * against the linear part, stop at the first option whose length lies, and
 * return what they did to the checksum.
 *
 * strip_timestamps: NOPs in place of the option, RFC 7323 section 3.2: without
 * it in the SYN neither side may use it later.
 * shift_sack: adds @delta to the edges of all blocks (RFC 2018).
 */
__wsum mgw_tcp_opt_strip_timestamps(struct tcphdr *th);
__wsum mgw_tcp_opt_shift_sack(struct tcphdr *th, u32 delta);

#endif /* MGW_TCP_OPT_H */
