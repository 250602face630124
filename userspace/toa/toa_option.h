/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finds the client's address among the options of a TCP header. Compiled into
 * the BPF program and, as it is, into the host's tests.
 *
 *   IPv4  kind, 8,  port (2), address (4)
 *   IPv6  kind, 20, port (2), address (16)     all in network order
 */
#ifndef MGW_TOA_OPTION_H
#define MGW_TOA_OPTION_H

#include <linux/types.h>

enum {
	TOA_OPTION_END = 0,
	TOA_OPTION_NOP = 1,
	TOA_LEN_V4 = 8,
	TOA_LEN_V6 = 20,
	/* What a header of 60 bytes has room for. */
	TOA_OPTIONS_MAX = 40,
	TOA_OFFSET_MASK = 63,
};

/* What a header says of its client. */
enum toa_verdict {
	TOA_NONE,
	TOA_V4,
	TOA_V6,
	TOA_MALFORMED,
};

/* The option's bytes, in the packet; valid as long as that is. */
struct toa_found {
	const __u8 *port;
	const __u8 *addr;
};

/* No client has address or port 0: a balancer that blanks with zeros. */
static __always_inline int
toa_is_zero(const __u8 *bytes, int count)
{
	__u8 any = 0;
	int i;

	for (i = 0; i < count; i++)
		any |= bytes[i];
	return !any;
}

/* An option of one of the two kinds, at a place that may be the header's last. */
static __always_inline enum toa_verdict
toa_read(const __u8 *at, const __u8 *end, __u8 kind, struct toa_found *found)
{
	if (at + TOA_LEN_V4 > end || toa_is_zero(at + 2, 2))
		return TOA_MALFORMED;
	found->port = at + 2;
	found->addr = at + 4;
	if (at[0] == kind && at[1] == TOA_LEN_V4)
		return toa_is_zero(at + 4, 4) ? TOA_MALFORMED : TOA_V4;
	if (at[1] != TOA_LEN_V6 || at + TOA_LEN_V6 > end ||
	    toa_is_zero(at + 4, 16))
		return TOA_MALFORMED;
	return TOA_V6;
}

/*
 * The bytes are whatever the network sent, 40 at most between `options` and
 * `end`. No pointer is followed before it is compared with `end`, in the form
 * the verifier knows: pointer + constant. Broken lists end the walk as they end
 * the kernel's own.
 *
 * For the verifier's sake a number and no pointer comes out of the loop, and
 * the mask, which changes nothing, keeps its idea of that number the same in
 * each round: it tries 47,000 instructions, and 550,000 without (1,000,000 are
 * allowed).
 */
static __always_inline enum toa_verdict
toa_find(const __u8 *options, const __u8 *end, __u8 kind, __u8 kind6,
	 struct toa_found *found)
{
	enum toa_verdict verdict = TOA_NONE;
	__u64 off = 0, len;
	int i, is_found = 0;

	for (i = 0; i < TOA_OPTIONS_MAX && off < TOA_OPTIONS_MAX; i++) {
		const __u8 *at = options + off;

		if (at + 1 > end || at[0] == TOA_OPTION_END)
			break;
		len = 1;
		if (at[0] != TOA_OPTION_NOP) {
			verdict = TOA_MALFORMED;
			if (at + 2 > end)
				break;
			len = at[1];
			if (len < 2 || at + len > end)
				break;
			is_found = at[0] == kind || at[0] == kind6;
			if (is_found)
				break;
			verdict = TOA_NONE;
		}
		off = (off + len) & TOA_OFFSET_MASK;
	}
	if (!is_found || off >= TOA_OPTIONS_MAX)
		return verdict;
	return toa_read(options + off, end, kind, found);
}

#endif
