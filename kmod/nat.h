/* SPDX-License-Identifier: GPL-2.0 */
/* Rewriting: addresses, ports, sequence numbers, checksums, IP version. */
#ifndef MGW_NAT_H
#define MGW_NAT_H

#include <linux/ip.h>
#include <linux/ipv6.h>

#include "packet.h"

/* Precomputes what every packet of a session needs; addresses are set. */
void mgw_nat_prepare(struct mgw_session *sess);

/* Family of a packet once it is rewritten. */
static inline u8 mgw_nat_family(const struct mgw_packet *pkt)
{
	return pkt->dir == MGW_DIR_FROM_CLIENT ? pkt->sess->rfamily :
						 pkt->sess->cfamily;
}

/**
 * mgw_nat_rewrite() - make it the packet of the session's other leg
 * @pkt: with sess and dir; TTL is above 1, the result fits the route
 *
 * Context: owner, BH disabled.
 * Return: MGW_CONTINUE, or MGW_DROP and the packet is of no use any more.
 */
enum mgw_verdict mgw_nat_rewrite(struct mgw_packet *pkt);

/* nat_xlat.c: the IP header changes its version. Same contract. */
enum mgw_verdict mgw_nat_translate(struct mgw_packet *pkt);
/* A UDP packet without checksum about to need one: computes it. */
bool mgw_nat_udp_checksum(struct mgw_packet *pkt);

/* Bytes a packet grows by, negative when it shrinks. */
static inline int mgw_nat_growth(const struct mgw_packet *pkt)
{
	if (likely(pkt->tuple.family == mgw_nat_family(pkt)))
		return 0;
	return mgw_nat_family(pkt) == AF_INET6 ?
	       (int)sizeof(struct ipv6hdr) - pkt->l4 :
	       (int)sizeof(struct iphdr) - pkt->l4;
}

#endif /* MGW_NAT_H */
