// SPDX-License-Identifier: GPL-2.0
/*
 * Initial sequence numbers. The bias of a portmap is owner only, the rest is
 * pure.
 */
#include "isn.h"

#include <linux/ktime.h>
#include <linux/siphash.h>

#include "netns.h"
#include "portmap.h"
#include "session.h"

/* One step of the sequence clock is 64 ns, as in the kernel's own. */
#define SEQ_CLOCK_SHIFT 6

u32 mgw_isn(const struct mgw_net *mnet, const struct mgw_session *sess)
{
	struct {
		union nf_inet_addr laddr;
		union nf_inet_addr raddr;
		__be16 lport;
		__be16 rport;
		u32 family;
	} __aligned(SIPHASH_ALIGNMENT) key = {
		.laddr = sess->laddr,
		.raddr = sess->raddr,
		.lport = sess->lport,
		.rport = sess->rport,
		.family = sess->rfamily,
	};
	u32 clock = ktime_get_real_ns() >> SEQ_CLOCK_SHIFT;

	BUILD_BUG_ON(sizeof(key) != 40);
	return siphash(&key, sizeof(key), &mnet->isn_key) + clock +
	       sess->map->isn_bias;
}

void mgw_isn_remember(const struct mgw_net *mnet, struct mgw_session *sess)
{
	u32 reached = sess->track.half[MGW_DIR_FROM_CLIENT].end +
		      sess->seq_delta;
	s32 ahead = reached - mgw_isn(mnet, sess);

	if (ahead >= 0)
		sess->map->isn_bias += ahead + 1;
}
