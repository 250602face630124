/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Incremental update of internet checksums, RFC 1624 equation 3. A delta is
 * computed once for a session and applied to every packet of it.
 *
 * Pure: any context.
 */
#ifndef _MGW_CSUM_H
#define _MGW_CSUM_H

#include <linux/types.h>
#include <net/checksum.h>

/**
 * mgw_csum_diff_addr() - what replacing words adds to a sum
 * @from: old words
 * @to: new words
 * @from_words: number of old words, 1 or 4 for an address
 * @to_words: number of new words; differs when the family does
 *
 * Return: delta for mgw_csum_apply(); deltas are joined with csum_add().
 */
static inline __wsum mgw_csum_diff_addr(const __be32 *from, const __be32 *to,
					unsigned int from_words,
					unsigned int to_words)
{
	__wsum diff = 0;
	unsigned int i;

	for (i = 0; i < from_words; i++)
		diff = csum_sub(diff, (__force __wsum)from[i]);
	for (i = 0; i < to_words; i++)
		diff = csum_add(diff, (__force __wsum)to[i]);

	return diff;
}

/**
 * mgw_csum_apply() - update a checksum
 * @check: checksum, complemented as it is on the wire
 * @diff: delta
 *
 * A zero UDP checksum is none and must not get here.
 *
 * Return: the same as a computation from scratch.
 */
static inline __sum16 mgw_csum_apply(__sum16 check, __wsum diff)
{
	return csum_fold(csum_add(~csum_unfold(check), diff));
}

/**
 * mgw_csum_apply_partial() - update a CHECKSUM_PARTIAL field
 * @check: sum of the pseudo header, not complemented
 * @diff: delta of what is in the pseudo header, ports are not
 *
 * Return: the new sum of the pseudo header.
 */
static inline __sum16 mgw_csum_apply_partial(__sum16 check, __wsum diff)
{
	return ~csum_fold(csum_add(csum_unfold(check), diff));
}

/* A delta as 16 bits, which is worth the same. */
static inline u16 mgw_csum_fold_diff(__wsum diff)
{
	return (__force u16)~csum_fold(diff);
}

static inline __wsum mgw_csum_unfold_diff(u16 diff)
{
	return (__force __wsum)(u32)diff;
}

/* A UDP checksum of zero would mean none (RFC 768). */
static inline __sum16 mgw_csum_udp(__sum16 check)
{
	return check ? check : CSUM_MANGLED_0;
}

/* Update @check for one aligned 32-bit field. */
static inline __sum16 mgw_csum_replace32(__sum16 check, __be32 from, __be32 to)
{
	return mgw_csum_apply(check, csum_sub((__force __wsum)to,
					      (__force __wsum)from));
}

#endif /* _MGW_CSUM_H */
