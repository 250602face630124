/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_CHECKSUM_H
#define _SHIM_CHECKSUM_H

#include <linux/compiler.h>
#include <linux/types.h>

#define CSUM_MANGLED_0	((__sum16)0xffff)

static inline __wsum csum_add(__wsum a, __wsum b)
{
	u64 sum = (u64)a + b;

	return (__wsum)(sum + (sum >> 32));
}

static inline __wsum csum_sub(__wsum a, __wsum b)
{
	return csum_add(a, ~b);
}

static inline __wsum csum_partial(const void *data, int len, __wsum sum)
{
	const u8 *b = (const u8 *)data;
	int i;

	for (i = 0; i < len; i++)
		sum = csum_add(sum, (__wsum)b[i] << (i % 2 ? 8 : 0));
	return sum;
}

static inline __wsum csum_unfold(__sum16 n)
{
	return n;
}

static inline __sum16 csum_fold(__wsum sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (__sum16)~sum;
}

#endif
