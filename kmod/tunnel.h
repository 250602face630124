/* SPDX-License-Identifier: GPL-2.0 */
/* Mode tunnel: the client's packet within one to the rs. */
#ifndef MGW_TUNNEL_H
#define MGW_TUNNEL_H

#include "packet.h"

struct mgw_rs;

/* Bytes that go around a packet to @rs. */
unsigned int mgw_tunnel_overhead(const struct mgw_rs *rs);

/* Protocol of the outer packet; @dport is set where that has ports. */
u8 mgw_tunnel_proto(const struct mgw_packet *pkt, __be16 *dport);

/**
 * mgw_tunnel_wrap() - put headers around a packet
 * @pkt: of a session in mode tunnel, with dst; its own header is as it shall arrive
 * @outer: our address and that of the rs; gets the protocol
 * @cut: the outer packet may be fragmented
 *
 * Outer header: hop limit of the route, traffic class and ECN of the inner one
 * (RFC 6040, normal mode), DF unless @cut.
 *
 * Context: owner, BH disabled.
 * Return: MGW_CONTINUE or MGW_DROP.
 */
enum mgw_verdict mgw_tunnel_wrap(struct mgw_packet *pkt,
				 struct mgw_tuple *outer, bool cut);

#endif /* MGW_TUNNEL_H */
