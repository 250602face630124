// SPDX-License-Identifier: GPL-2.0
/*
 * UDP of a session: whether the rs has answered, and the deadline. Softirq of
 * the owner.
 */
#include "hot.h"
#include "packet.h"
#include "proto.h"

void mgw_udp_open(struct mgw_packet *pkt)
{
	mgw_assert_packet(pkt);
	pkt->sess->state = MGW_SESSION_STATE_UDP;
}

bool __mgw_hot mgw_udp_track(struct mgw_packet *pkt)
{
	struct mgw_session *sess = pkt->sess;

	mgw_assert_packet(pkt);
	if (unlikely(pkt->dir == MGW_DIR_FROM_RS &&
		     sess->state == MGW_SESSION_STATE_UDP)) {
		sess->state = MGW_SESSION_STATE_UDP_REPLIED;
		mgw_session_restate(pkt->mc, sess);
		return true;
	}
	mgw_session_refresh(sess);
	return true;
}
