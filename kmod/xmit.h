/* SPDX-License-Identifier: GPL-2.0 */
/* Sending: route, hop limit, MTU, output. */
#ifndef MGW_XMIT_H
#define MGW_XMIT_H

#include "packet.h"

/**
 * mgw_xmit_route() - where the rewritten packet will go, and whether it may
 * @pkt: not yet rewritten, with sess and dir; gets its dst
 *
 * Answers the sender with an ICMP error about the packet as it sent it when
 * the hop limit ends here or the packet is too big.
 *
 * Context: owner, BH disabled, RCU read side.
 */
enum mgw_verdict mgw_xmit_route(struct mgw_packet *pkt);

/* Its dst alone; false without a route. */
bool mgw_xmit_find(struct mgw_packet *pkt);
/* That of what answers it, with any mark. Not of sessions that go one way. */
struct dst_entry *mgw_xmit_back(struct mgw_packet *pkt);

/**
 * mgw_xmit_whole() - a packet that reaches its rs as the client sent it
 * @pkt: of a session in mode dr or tunnel; gets its dst
 *
 * Route, hop limit and MTU as mgw_xmit_route(), and with MGW_CONTINUE the packet
 * is ready for mgw_xmit_send(). MGW_ACCEPT in mode dr when the rs is this host.
 *
 * Context: owner, BH disabled, RCU read side.
 */
enum mgw_verdict mgw_xmit_whole(struct mgw_packet *pkt);

/*
 * All of mgw_xmit_send() but the sending: it has its route, by IPsec's policies, and
 * nobody will track it. False when those have refused it, and it is gone. Context as
 * mgw_xmit_route().
 */
bool mgw_xmit_prepare(struct mgw_packet *pkt);

/* Sends a rewritten packet along its dst. It is gone then. */
void mgw_xmit_send(struct mgw_packet *pkt);

#endif /* MGW_XMIT_H */
