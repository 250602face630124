/* SPDX-License-Identifier: GPL-2.0 */
/* ICMP errors about packets of sessions. */
#ifndef MGW_ICMP_H
#define MGW_ICMP_H

#include "packet.h"

/* Whether a parsed packet without ports is ICMP of its family. */
static inline bool mgw_packet_is_icmp(const struct mgw_packet *pkt)
{
	return pkt->tuple.proto == (pkt->tuple.family == AF_INET ?
				    IPPROTO_ICMP : IPPROTO_ICMPV6);
}

/**
 * mgw_icmp() - an ICMP message to or about an address that concerns us
 * @pkt: mgw_packet_is_icmp(), in PRE_ROUTING
 *
 * An error that quotes a packet of a session is brought to who sent that packet,
 * as an error about what it has sent. It changes nothing about the session. One
 * about a tunnel's packet makes the route's MTU smaller. All else is the host's.
 *
 * Context: softirq, RCU read side.
 * Return: anything but MGW_CONTINUE.
 */
enum mgw_verdict mgw_icmp(struct mgw_packet *pkt);

#endif /* MGW_ICMP_H */
