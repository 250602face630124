/* SPDX-License-Identifier: GPL-2.0 */
/* What a packet means to its session: state, numbers, deadline. */
#ifndef MGW_PROTO_H
#define MGW_PROTO_H

#include <linux/types.h>

struct mgw_packet;

/*
 * Context: owner, BH disabled; pkt->sess is known but for may_open.
 * may_open: whether a packet may begin a session.
 * open: the first packet of a session whose laddr and rs are known.
 * track: every packet. Returns false when the session is over and this packet
 * begins another one (a SYN in TIME_WAIT); then nothing has been changed.
 */
bool mgw_tcp_may_open(const struct mgw_packet *pkt);
void mgw_tcp_open(struct mgw_packet *pkt);
bool mgw_tcp_track(struct mgw_packet *pkt);
void mgw_udp_open(struct mgw_packet *pkt);
bool mgw_udp_track(struct mgw_packet *pkt);

#endif /* MGW_PROTO_H */
