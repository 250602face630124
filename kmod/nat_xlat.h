/* SPDX-License-Identifier: GPL-2.0 */
/* The IP header changes its version: IPv4 to IPv6 and back. */
#ifndef MGW_NAT_XLAT_H
#define MGW_NAT_XLAT_H

#include "packet.h"

/*
 * Context: owner, BH disabled. checksum: a UDP packet that has none and is about
 * to need one gets it; before its ports are rewritten. translate: the last step,
 * the transport header is rewritten; MGW_CONTINUE or MGW_DROP.
 */
bool mgw_nat_xlat_checksum(struct mgw_packet *pkt);
enum mgw_verdict mgw_nat_xlat(struct mgw_packet *pkt,
			      const struct dst_entry *dst);

#endif /* MGW_NAT_XLAT_H */
