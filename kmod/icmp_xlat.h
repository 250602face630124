/* SPDX-License-Identifier: GPL-2.0 */
/* Types and codes of ICMP errors, from one IP version to the other. */
#ifndef MGW_ICMP_XLAT_H
#define MGW_ICMP_XLAT_H

#include <linux/types.h>

/**
 * struct mgw_icmp_head - the first 8 bytes of an ICMP error, but for the checksum
 * @type: type
 * @code: code
 * @info: the second word, host byte order: MTU, pointer, or zero
 */
struct mgw_icmp_head {
	u8 type;
	u8 code;
	u32 info;
};

/*
 * RFC 7915, sections 4.2 and 5.2. Pure: any context. False when the other
 * version has no such error. Extensions are left out.
 */
bool mgw_icmp_to_v6(struct mgw_icmp_head *head);
bool mgw_icmp_to_v4(struct mgw_icmp_head *head);

#endif /* MGW_ICMP_XLAT_H */
