// SPDX-License-Identifier: GPL-2.0
/*
 * The walk of a packet, from the bottom of this file: parse, find its session, track,
 * and, in forward.c, route, rewrite, send; on the way there what happens to those
 * without a session. Softirq of the owner; RCU read side.
 */
#include "walk.h"

#include "admit.h"
#include "forward.h"
#include "hot.h"
#include "icmp.h"
#include "ipsec.h"
#include "netfilter.h"
#include "proto.h"
#include "source.h"
#include "steer.h"

/* Nobody's packet, or the first one of a session after the last. */
static enum mgw_verdict open_session(struct mgw_packet *pkt)
{
	enum mgw_verdict verdict;

	if (mgw_netfilter_must_see(pkt))
		return MGW_ACCEPT;
	verdict = mgw_admit(pkt);
	return verdict == MGW_CONTINUE ? mgw_forward(pkt) : verdict;
}

static noinline enum mgw_verdict reopen_session(struct mgw_packet *pkt)
{
	if (mgw_netfilter_must_see(pkt))
		return MGW_ACCEPT;
	/* Nobody begins a session while laddrs change their owner. */
	if (unlikely(READ_ONCE(pkt->mnet->moving)))
		return MGW_DEFER;
	mgw_session_end(pkt->mc, pkt->sess, MGW_COUNTER_SESSIONS_REUSED);
	pkt->sess = NULL;
	return open_session(pkt);
}

static noinline enum mgw_verdict session_miss(struct mgw_packet *pkt)
{
	enum mgw_verdict verdict;

	/* Passed on after a hand-over it would see generic XDP twice. */
	if (mgw_packet_at_ingress(pkt) && !pkt->hops &&
	    rcu_access_pointer(pkt->skb->dev->xdp_prog))
		return MGW_ACCEPT;
	/* Not of TCP: a session of another CPU is all that is likely. */
	if (pkt->tuple.proto == IPPROTO_UDP && mgw_admit_is_unknown(pkt))
		return mgw_pass(pkt, MGW_COUNTER_PASSED_NO_SERVICE);
	verdict = mgw_steer_find_owner(pkt);
	if (verdict != MGW_CONTINUE)
		return verdict;
	if (mgw_ipsec_refuses(pkt, pkt->interest))
		return mgw_drop(pkt, MGW_COUNTER_DROP_IPSEC);
	return open_session(pkt);
}

/* ICMP errors belong to the sessions they are about. */
static noinline enum mgw_verdict not_parsed(struct mgw_packet *pkt,
					    enum mgw_verdict verdict)
{
	if (verdict == MGW_ACCEPT && mgw_packet_is_icmp(pkt) &&
	    !mgw_packet_at_ingress(pkt))
		return mgw_icmp(pkt);
	/* Its source alone makes a packet that lies none of ours. */
	if (verdict == MGW_DROP && !pkt->interest)
		return MGW_ACCEPT;
	return verdict;
}

/* False when its session is over, and it begins another one. */
static __always_inline bool track(struct mgw_packet *pkt)
{
	if (pkt->tuple.proto == IPPROTO_TCP)
		return mgw_tcp_track(pkt);
	return mgw_udp_track(pkt);
}

enum mgw_verdict __mgw_hot mgw_walk(struct mgw_packet *pkt)
{
	enum mgw_verdict verdict;

	mgw_assert_owner(pkt->mc);
	pkt->ipsec = mgw_ipsec_matters(pkt->mnet->net, pkt->skb);
	verdict = mgw_packet_parse(pkt);
	if (unlikely(verdict != MGW_CONTINUE))
		return not_parsed(pkt, verdict);
	/* Rarely of a session: the service tells sooner than the table. */
	if (unlikely(pkt->seg.flags & MGW_TCPHDR_SYN) &&
	    mgw_admit_is_unknown(pkt))
		return mgw_pass(pkt, MGW_COUNTER_PASSED_NO_SERVICE);
	pkt->hash = mgw_tuple_hash(pkt->mnet, &pkt->tuple);
	pkt->sess = mgw_session_lookup(pkt->mc, &pkt->tuple, pkt->hash,
				       &pkt->dir);
	if (unlikely(!pkt->sess))
		return session_miss(pkt);
	ASSERT_EXCLUSIVE_ACCESS(*pkt->sess);
	if (mgw_ipsec_refuses(pkt, pkt->interest))
		return mgw_drop(pkt, MGW_COUNTER_DROP_IPSEC);
	if (unlikely(!mgw_source_is_known(pkt))) {
		verdict = mgw_source_check_flow(pkt);
		if (verdict != MGW_CONTINUE)
			return verdict;
	}
	if (unlikely(!track(pkt)))
		return reopen_session(pkt);
	return mgw_forward(pkt);
}
