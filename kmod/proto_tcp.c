// SPDX-License-Identifier: GPL-2.0
/*
 * TCP of a session: brings the numbers of both sides to what the client sees,
 * lets tcp_track.c judge, and moves the deadline. Softirq of the owner.
 */
#include "hot.h"
#include "packet.h"
#include "proto.h"
#include "rs.h"
#include "service.h"

bool mgw_tcp_may_open(const struct mgw_packet *pkt)
{
	const u8 mask = MGW_TCPHDR_SYN | MGW_TCPHDR_ACK | MGW_TCPHDR_RST |
			MGW_TCPHDR_FIN;

	return (pkt->seg.flags & mask) == MGW_TCPHDR_SYN;
}

void mgw_tcp_open(struct mgw_packet *pkt)
{
	struct mgw_session *sess = pkt->sess;
	u8 timestamps = READ_ONCE(sess->rs->svc->timestamps);

	mgw_assert_packet(pkt);
	/* An rs that sees the client gets its numbers and options, too. */
	if (mgw_session_rules(sess)->needs_lport) {
		if (timestamps == MGW_TIMESTAMPS_STRIP)
			sess->flags |= MGW_SESSION_STRIP_TIMESTAMPS;
		if (READ_ONCE(sess->rs->svc->toa) == MGW_TOA_ON)
			sess->flags |= MGW_SESSION_TOA;
		sess->seq_delta[MGW_DIR_FROM_CLIENT] =
			mgw_session_isn(pkt->mnet, sess) - pkt->seg.seq;
	}
	mgw_tcp_track_start(&sess->track, &sess->state, &pkt->seg);
}

bool __mgw_hot mgw_tcp_track(struct mgw_packet *pkt)
{
	struct mgw_session *sess = pkt->sess;
	struct mgw_tcp_seg seg = pkt->seg;
	unsigned int seen;

	mgw_assert_packet(pkt);
	if (pkt->dir == MGW_DIR_FROM_RS) {
		seg.seq += sess->seq_delta[MGW_DIR_FROM_RS];
		seg.end += sess->seq_delta[MGW_DIR_FROM_RS];
		seg.ack -= sess->seq_delta[MGW_DIR_FROM_CLIENT];
	}
	if (unlikely(sess->flags & MGW_SESSION_ONE_WAY))
		seen = mgw_tcp_track_one_way(&sess->track, &sess->state, &seg);
	else
		seen = mgw_tcp_track_segment(&sess->track, &sess->state,
					     pkt->dir, &seg);
	if (likely(seen == MGW_TCP_REFRESH)) {
		mgw_session_refresh(sess);
		return true;
	}
	if (seen & MGW_TCP_REUSE)
		return false;
	if (seen & MGW_TCP_STATE)
		mgw_session_restate(pkt->mc, sess);
	if (seen & MGW_TCP_OUT_OF_WINDOW)
		mgw_counters_inc(&pkt->mc->counters,
				 MGW_COUNTER_TCP_OUT_OF_WINDOW);
	return true;
}
