/* SPDX-License-Identifier: GPL-2.0 */
/* The IP header changes its version: IPv4 to IPv6 and back. */
#ifndef MGW_NAT_XLAT_H
#define MGW_NAT_XLAT_H

#include "packet.h"

/*
 * Whether a packet is longer than one of the other IP version may be, or has no
 * checksum where IPv6 wants one. A super-packet of this kind must be split.
 */
bool mgw_nat_xlat_is_too_long(const struct mgw_packet *pkt);
bool mgw_nat_xlat_lacks_checksum(const struct mgw_packet *pkt);

/*
 * From IPv6 to IPv4: whether it leaves without DF, or each segment of it, as it
 * would fit any link of IPv6 and its sender is never asked for less.
 */
bool mgw_nat_xlat_clears_df(const struct mgw_packet *pkt);

/*
 * Context: owner, BH disabled. checksum: one that lacks it gets it; before its
 * ports are rewritten. translate: the last step, the transport header is
 * rewritten; MGW_CONTINUE or MGW_DROP.
 */
void mgw_nat_xlat_checksum(struct mgw_packet *pkt);
enum mgw_verdict mgw_nat_xlat(struct mgw_packet *pkt);

#endif /* MGW_NAT_XLAT_H */
