// SPDX-License-Identifier: GPL-2.0
/*
 * Changing TCP options in place. Pure: any context. An option may stand at any
 * offset, so the checksum is taken over the whole option area before and after
 * rather than over shifted words.
 */
#include "tcp_opt.h"

#include <linux/unaligned.h>
#include <net/checksum.h>
#include <net/tcp.h>

#include "hot.h"

/* The next option at or after *@pos: its offset, or -1. *@pos moves past it. */
static int next_option(const u8 *opt, unsigned int len, unsigned int *pos)
{
	while (*pos < len) {
		unsigned int at = *pos;

		if (opt[at] == TCPOPT_EOL)
			return -1;
		if (opt[at] == TCPOPT_NOP) {
			*pos = at + 1;
			continue;
		}
		if (len - at < 2 || opt[at + 1] < 2 || opt[at + 1] > len - at)
			return -1;
		*pos = at + opt[at + 1];
		return at;
	}
	return -1;
}

static unsigned int options_len(const struct tcphdr *th)
{
	return th->doff * 4 - sizeof(*th);
}

__wsum mgw_tcp_opt_strip_timestamps(struct tcphdr *th)
{
	unsigned int len = options_len(th);
	u8 *opt = (u8 *)(th + 1);
	unsigned int pos = 0;
	__wsum before;
	int at;

	before = csum_partial(opt, len, 0);
	while ((at = next_option(opt, len, &pos)) >= 0)
		if (opt[at] == TCPOPT_TIMESTAMP)
			memset(opt + at, TCPOPT_NOP, pos - at);
	return csum_sub(csum_partial(opt, len, 0), before);
}

static bool has_sack(const u8 *opt, unsigned int len)
{
	unsigned int pos = 0;
	int at;

	while ((at = next_option(opt, len, &pos)) >= 0)
		if (opt[at] == TCPOPT_SACK)
			return true;
	return false;
}

__wsum mgw_tcp_opt_shift_sack(struct tcphdr *th, u32 delta)
{
	unsigned int len = options_len(th);
	u8 *opt = (u8 *)(th + 1);
	unsigned int pos = 0;
	__wsum before;
	int at;

	/* The usual ACK has aligned timestamps and nothing else. */
	if (len == TCPOLEN_TSTAMP_ALIGNED &&
	    get_unaligned_be32(opt) == ((TCPOPT_NOP << 24) |
					(TCPOPT_NOP << 16) |
					(TCPOPT_TIMESTAMP << 8) |
					TCPOLEN_TIMESTAMP))
		return 0;
	if (!has_sack(opt, len))
		return 0;

	before = csum_partial(opt, len, 0);
	while ((at = next_option(opt, len, &pos)) >= 0) {
		unsigned int edge;

		if (opt[at] != TCPOPT_SACK)
			continue;
		for (edge = at + 2; edge + 4 <= pos; edge += 4)
			put_unaligned_be32(get_unaligned_be32(opt + edge) +
					   delta, opt + edge);
	}
	return csum_sub(csum_partial(opt, len, 0), before);
}
