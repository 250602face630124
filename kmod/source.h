/* SPDX-License-Identifier: GPL-2.0 */
/* Whether a packet may come from the address it names by the device it came by. */
#ifndef MGW_SOURCE_H
#define MGW_SOURCE_H

#include "packet.h"

/**
 * mgw_source_check_flow() - what the host's own stack asks of packets for the host
 * @pkt: of a session, also one that is just being made
 *
 * IPv4: the source is no address or broadcast of this host (accept_local allows
 * an address), and rp_filter, 1 or 2, is obeyed. IPv6: it is no address of this
 * host; Linux has no rp_filter there. The loopback device may bring anything.
 * All by the settings of the moment, once for a session, a direction and a
 * device: mgw_source_is_known() afterwards.
 *
 * Context: owner, BH disabled, RCU read side.
 * Return: MGW_CONTINUE, the session may then have a route for the answers; or
 * MGW_DROP.
 */
enum mgw_verdict mgw_source_check_flow(struct mgw_packet *pkt);

/* The same of who sent an ICMP error; the tuple is of the packet it quotes. */
enum mgw_verdict mgw_source_check_sender(const struct mgw_packet *pkt);

static __always_inline bool mgw_source_is_known(const struct mgw_packet *pkt)
{
	return pkt->sess->iif[pkt->dir] == pkt->skb->skb_iif;
}

#endif /* MGW_SOURCE_H */
