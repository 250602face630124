/* SPDX-License-Identifier: GPL-2.0 */
/* Initial sequence numbers towards the real servers. */
#ifndef MGW_ISN_H
#define MGW_ISN_H

#include <linux/siphash.h>

#include "addr.h"

/* All bytes are hashed: zero the padding. */
struct mgw_isn_key {
	union nf_inet_addr laddr;
	union nf_inet_addr raddr;
	__be16 lport;
	__be16 rport;
	u32 family;
} __aligned(SIPHASH_ALIGNMENT);

/**
 * mgw_isn() - sequence number for a SYN to an rs
 * @secret: of the namespace
 * @key: whose SYN
 *
 * Unguessable and rising with time for each key, RFC 6528, so that an rs in
 * TIME_WAIT accepts it. The clock is one that nobody sets, and goes on while the
 * host sleeps: an rs that waits does, too.
 */
u32 mgw_isn(const siphash_key_t *secret, const struct mgw_isn_key *key);

#endif /* MGW_ISN_H */
