// SPDX-License-Identifier: GPL-2.0
/*
 * RSTs for the ends of a session, see reset.h. They are made while the session is
 * there, and sent when it has gone: what the stack does with them may come back to us.
 */
#include "reset.h"

#include <net/dst.h>

#include "ipsec.h"
#include "nat.h"
#include "packet.h"
#include "route.h"
#include "tcp_build.h"
#include "xmit.h"

/* Some pauses of a busy machine are longer than a second. */
#define LATE (4 * HZ)

/*
 * Whether the end that @dir talks to waits for more, and has shown for what; it has not
 * sent an RST itself. One that has the FIN of @dir has all it will get: its application
 * may not have read it yet, and shall not find an error instead.
 */
static bool is_due(const struct mgw_session *sess, enum mgw_dir dir)
{
	const struct mgw_tcp_half *half = sess->track.half;
	const u8 known = MGW_TCP_HALF_SEEN | MGW_TCP_HALF_ACKED;
	u8 flags = half[mgw_dir_other(dir)].flags;

	if (sess->state != MGW_SESSION_STATE_ESTABLISHED &&
	    sess->state != MGW_SESSION_STATE_FIN_WAIT)
		return false;
	return (flags & known) == known && !(flags & MGW_TCP_HALF_RST) &&
	       !(half[dir].flags & MGW_TCP_HALF_FIN_ACKED);
}

/* A tick that is behind has more to do than to tell those whose time was up long ago. */
static bool is_late(const struct mgw_session *sess)
{
	return (s32)((u32)jiffies - sess->wheel.expires) > LATE;
}

/*
 * The number that the other end waits for, which is the only one that it takes an RST
 * with (RFC 5961, section 3.2). As @dir would send it: the track has all numbers as the
 * client sees them.
 */
static struct mgw_tcp_seg next_of(const struct mgw_session *sess,
				  enum mgw_dir dir)
{
	const struct mgw_tcp_half *half = sess->track.half;
	struct mgw_tcp_seg seg = {
		.seq = half[mgw_dir_other(dir)].ack,
		.ack = half[mgw_dir_other(dir)].end,
		.flags = MGW_TCPHDR_RST | MGW_TCPHDR_ACK,
		.wscale = MGW_TCP_NO_WSCALE,
	};

	if (dir == MGW_DIR_FROM_RS) {
		seg.seq -= sess->seq_delta[MGW_DIR_FROM_RS];
		seg.ack += sess->seq_delta[MGW_DIR_FROM_CLIENT];
	}
	seg.end = seg.seq;
	return seg;
}

/*
 * In the name of its side, as it would come from there. False without memory, or when
 * nothing could come from there: the device says which VRF it would be.
 */
static bool make(struct mgw_packet *pkt)
{
	const struct mgw_session *sess = pkt->sess;
	struct net *net = pkt->mnet->net;
	struct net_device *dev;
	struct sk_buff *skb;

	dev = dev_get_by_index_rcu(net, sess->iif[pkt->dir]);
	if (!dev)
		return false;
	skb = mgw_tcp_build(net, &pkt->tuple, &pkt->seg);
	if (!skb) {
		mgw_drop(pkt, MGW_COUNTER_DROP_NO_MEMORY);
		return false;
	}
	skb->dev = dev;
	skb->skb_iif = dev->ifindex;
	skb->mark = mgw_route_mark(&pkt->mc->routes, sess->route[pkt->dir]);
	pkt->skb = skb;
	pkt->l4 = skb_transport_offset(skb);
	pkt->l4_len = sizeof(struct tcphdr);
	pkt->ipsec = mgw_ipsec_matters(net, skb);
	return true;
}

static enum mgw_verdict rewrite(struct mgw_packet *pkt)
{
	enum mgw_verdict verdict = mgw_xmit_route(pkt);

	return verdict == MGW_CONTINUE ? mgw_nat_rewrite(pkt) : verdict;
}

static void reset_one(struct mgw_cpu *mc, struct mgw_session *sess,
		      enum mgw_dir dir, struct sk_buff_head *list)
{
	struct mgw_packet pkt = {
		.mnet = mc->mnet,
		.mc = mc,
		.hook = MGW_HOOK_NONE,
		.sess = sess,
		.dir = dir,
		.seg = next_of(sess, dir),
	};

	mgw_session_tuple(sess, dir, &pkt.tuple);
	if (!make(&pkt))
		return;
	if (rewrite(&pkt) != MGW_CONTINUE) {
		kfree_skb(pkt.skb);
		return;
	}
	if (!mgw_xmit_prepare(&pkt))
		return;
	/* The session's may be the last reference to its route. */
	if (!skb_dst_force(pkt.skb)) {
		mgw_drop(&pkt, MGW_COUNTER_DROP_NO_ROUTE);
		kfree_skb(pkt.skb);
		return;
	}
	mgw_counters_inc(&mc->counters, MGW_COUNTER_RST_SENT);
	__skb_queue_tail(list, pkt.skb);
}

void mgw_reset_ends(struct mgw_cpu *mc, struct mgw_session *sess,
		    struct sk_buff_head *list)
{
	mgw_assert_owner(mc);
	mgw_assert_session(sess);
	if (mgw_session_proto(sess) != IPPROTO_TCP ||
	    sess->flags & MGW_SESSION_ONE_WAY || is_late(sess))
		return;
	if (is_due(sess, MGW_DIR_FROM_RS))
		reset_one(mc, sess, MGW_DIR_FROM_RS, list);
	if (is_due(sess, MGW_DIR_FROM_CLIENT))
		reset_one(mc, sess, MGW_DIR_FROM_CLIENT, list);
}

void mgw_reset_send(struct mgw_net *mnet, struct sk_buff_head *list)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(list)))
		dst_output(mnet->net, NULL, skb);
}
