/* SPDX-License-Identifier: GPL-2.0 */
/* The clock behind initial sequence numbers. Pure: any context. */
#ifndef MGW_ISN_CLOCK_H
#define MGW_ISN_CLOCK_H

#include <linux/types.h>

/* One step is 64 ns, as of the kernel's own. */
#define MGW_ISN_CLOCK_SHIFT	6

/**
 * mgw_isn_ahead() - by how much a connection has got ahead of the clock
 * @bytes: sent by the client in its life, headers and all
 * @age_ns: of the connection, or up to 64 s less
 * @reached: the sequence number towards the rs it has got to
 * @next: what a connection of the same tuple would begin with now
 *
 * Numbers of 32 bits alone can't tell one that is far ahead from one that the
 * clock has left behind by 2^31 or more, after 137 s: so it looks first whether
 * there was enough to send.
 *
 * Return: what to add to the next numbers so that they pass @reached, or 0.
 */
static inline u32 mgw_isn_ahead(u64 bytes, u64 age_ns, u32 reached, u32 next)
{
	s32 ahead = reached - next;

	if (bytes < age_ns >> MGW_ISN_CLOCK_SHIFT || ahead < 0)
		return 0;
	return ahead + 1;
}

#endif /* MGW_ISN_CLOCK_H */
