/* SPDX-License-Identifier: GPL-2.0 */
/* Rewriting: addresses, ports, sequence numbers, checksums, IP version. */
#ifndef MGW_NAT_H
#define MGW_NAT_H

#include "packet.h"

/* What every packet of a session needs; the tuples are those of its sides. */
void mgw_nat_prepare(struct mgw_session *sess, const struct mgw_tuple *client,
		     const struct mgw_tuple *rs);

/**
 * mgw_nat_rewrite() - make it the packet of the session's other leg
 * @pkt: with sess, dir and dst; TTL is above 1, the result fits the route, and a new
 *	header leaves room for its device's
 *
 * Context: owner, BH disabled.
 * Return: MGW_CONTINUE, or MGW_DROP and the packet is of no use any more.
 */
enum mgw_verdict mgw_nat_rewrite(struct mgw_packet *pkt);

#endif /* MGW_NAT_H */
