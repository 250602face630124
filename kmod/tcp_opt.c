// SPDX-License-Identifier: GPL-2.0
/*
 * Changing TCP options in place. Pure: any context. An option may stand at any
 * offset, so the checksum is taken over the whole option area before and after
 * rather than over shifted words.
 */
#include "tcp_opt.h"

#include <linux/errno.h>
#include <linux/string.h>
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

/* NOPs in place of what @is_it knows; returns what that does to the checksum. */
static __always_inline __wsum blank(struct tcphdr *th, u8 kind,
				    bool (*is_it)(const u8 *opt, u8 kind))
{
	unsigned int len = options_len(th);
	u8 *opt = (u8 *)(th + 1);
	unsigned int pos = 0;
	__wsum before;
	int at;

	before = csum_partial(opt, len, 0);
	while ((at = next_option(opt, len, &pos)) >= 0)
		if (is_it(opt + at, kind))
			memset(opt + at, TCPOPT_NOP, pos - at);
	return csum_sub(csum_partial(opt, len, 0), before);
}

static bool is_of_kind(const u8 *opt, u8 kind)
{
	return opt[0] == kind;
}

__wsum mgw_tcp_opt_strip_timestamps(struct tcphdr *th)
{
	return blank(th, TCPOPT_TIMESTAMP, is_of_kind);
}

/* By its own number, or by the one for experiments that it had before. */
static bool is_fast_open(const u8 *opt, u8 kind)
{
	return opt[0] == kind ||
	       (opt[0] == TCPOPT_EXP && opt[1] >= TCPOLEN_EXP_FASTOPEN_BASE &&
		get_unaligned_be16(opt + 2) == TCPOPT_FASTOPEN_MAGIC);
}

__wsum mgw_tcp_opt_blank_fast_open(struct tcphdr *th)
{
	return blank(th, TCPOPT_FASTOPEN, is_fast_open);
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

	if (mgw_tcp_opt_only_timestamps(th) || !has_sack(opt, len))
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

/* Those of which a reader on the rs would believe us to be the author. */
static bool is_toa(const u8 *opt, u8 kind)
{
	return opt[0] == kind && (opt[1] == 8 || opt[1] == 20);
}

bool mgw_tcp_opt_has_toa(const struct tcphdr *th, u8 kind)
{
	const u8 *opt = (const u8 *)(th + 1);
	unsigned int len = options_len(th);
	unsigned int pos = 0;
	int at;

	while ((at = next_option(opt, len, &pos)) >= 0)
		if (is_toa(opt + at, kind))
			return true;
	return false;
}

bool mgw_tcp_opt_blank_toa(struct tcphdr *th, u8 kind, __wsum *diff)
{
	if (!mgw_tcp_opt_has_toa(th, kind))
		return false;
	*diff = blank(th, kind, is_toa);
	return true;
}

__wsum mgw_tcp_opt_lower_mss(struct tcphdr *th, u16 by)
{
	unsigned int len = options_len(th);
	u8 *opt = (u8 *)(th + 1);
	unsigned int pos = 0;
	__wsum before;
	u16 mss;
	int at;

	while ((at = next_option(opt, len, &pos)) >= 0)
		if (opt[at] == TCPOPT_MSS && opt[at + 1] == TCPOLEN_MSS)
			break;
	if (at < 0)
		return 0;
	mss = get_unaligned_be16(opt + at + 2);
	if (mss < TCP_MIN_MSS + by)
		return 0;
	before = csum_partial(opt, len, 0);
	put_unaligned_be16(mss - by, opt + at + 2);
	return csum_sub(csum_partial(opt, len, 0), before);
}

/* Blocks of a SACK option that fit into @room bytes; the first is the newest. */
static unsigned int sack_len(unsigned int len, unsigned int room)
{
	if (len <= room)
		return len;
	if (room < TCPOLEN_SACK_BASE + TCPOLEN_SACK_PERBLOCK)
		return 0;
	return room - (room - TCPOLEN_SACK_BASE) % TCPOLEN_SACK_PERBLOCK;
}

int mgw_tcp_opt_compact(const u8 *opt, unsigned int len, u8 *to,
			unsigned int room)
{
	unsigned int pos = 0, used = 0, sack = 0;
	const u8 *sack_opt = NULL;
	unsigned int one;
	int at;

	while ((at = next_option(opt, len, &pos)) >= 0) {
		one = pos - at;
		if (opt[at] == TCPOPT_SACK) {
			sack_opt = opt + at;
			sack = one;
			continue;
		}
		if (used + one > room)
			return -ENOSPC;
		memcpy(to + used, opt + at, one);
		used += one;
	}
	sack = sack_len(sack, room - used);
	if (sack) {
		memcpy(to + used, sack_opt, sack);
		to[used + 1] = sack;
		used += sack;
	}
	return used;
}
