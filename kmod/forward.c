// SPDX-License-Identifier: GPL-2.0
/*
 * A packet whose session is known: route, rewrite, send; in one piece, or as the
 * segments that it consists of. Softirq of the owner; RCU read side.
 */
#include "forward.h"

#include <net/gso.h>

#include "hot.h"
#include "nat.h"
#include "nat_xlat.h"
#include "netfilter.h"
#include "rs.h"
#include "toa.h"
#include "tunnel.h"
#include "xmit.h"

static void __mgw_hot count_packet(struct mgw_packet *pkt, unsigned int len)
{
	static const enum mgw_counter packets[MGW_DIR_MAX] = {
		MGW_COUNTER_PACKETS_FROM_CLIENT, MGW_COUNTER_PACKETS_FROM_RS,
	};
	static const enum mgw_counter bytes[MGW_DIR_MAX] = {
		MGW_COUNTER_BYTES_FROM_CLIENT, MGW_COUNTER_BYTES_FROM_RS,
	};
	struct mgw_counters *counters = &pkt->mc->counters;
	struct mgw_session *sess = pkt->sess;

	sess->packets[pkt->dir]++;
	sess->bytes[pkt->dir] += len;
	mgw_traffic_packet(this_cpu_ptr(sess->rs->traffic), pkt->dir, len);
	mgw_counters_inc(counters, packets[pkt->dir]);
	mgw_counters_add(counters, bytes[pkt->dir], len);
	if (mgw_packet_at_ingress(pkt))
		mgw_counters_inc(counters, MGW_COUNTER_INGRESS_PACKETS);
}

static __always_inline enum mgw_verdict rewrite_and_send(struct mgw_packet *pkt)
{
	unsigned int len = pkt->skb->len;
	enum mgw_verdict verdict;

	verdict = mgw_nat_rewrite(pkt);
	if (unlikely(verdict != MGW_CONTINUE))
		return verdict;
	if (unlikely(mgw_toa_is_due(pkt)))
		mgw_toa_add(pkt);
	count_packet(pkt, len);
	mgw_xmit_send(pkt);
	return MGW_STOLEN;
}

/* Longer than the length field of a header around it can say. */
static bool is_too_long_to_wrap(const struct mgw_packet *pkt)
{
	unsigned int room = IP_MAX_MTU;

	if (mgw_session_mode(pkt->sess) == MGW_MODE_TUNNEL)
		room -= mgw_tunnel_overhead(pkt->sess->rs);
	else if (!pkt->ipsec)
		return false;
	return pkt->skb->len > room;
}

/*
 * Of a chain, going out, the stack repeats the addresses and ports of the first
 * in the others, and nothing else: TTL, ID, options and sums of those are as they
 * came. So each goes by itself; as do those of any super-packet that the other IP
 * version can't have, over 64 KiB or datagrams without a checksum, or that nothing
 * can be put around; and of a tunnel in a tunnel, of which the stack cuts up only one
 * at a time. What LRO has put together nobody can send: taking it apart fails, and
 * counts it.
 */
static noinline bool is_to_be_split(const struct mgw_packet *pkt)
{
	bool changes = pkt->tuple.family != mgw_packet_new_family(pkt);
	unsigned int type = skb_shinfo(pkt->skb)->gso_type;

	if (!type || type & SKB_GSO_FRAGLIST || is_too_long_to_wrap(pkt))
		return true;
	if (mgw_session_mode(pkt->sess) == MGW_MODE_TUNNEL)
		return pkt->skb->encapsulation;
	return changes && (mgw_nat_xlat_is_too_long(pkt) ||
			   mgw_nat_xlat_lacks_checksum(pkt));
}

static __always_inline bool must_split(const struct mgw_packet *pkt)
{
	return unlikely(skb_is_gso(pkt->skb)) && is_to_be_split(pkt);
}

/* What reaches its rs as the client sent it, or within another packet. */
static enum mgw_verdict send_whole(struct mgw_packet *pkt)
{
	unsigned int len = pkt->skb->len;
	enum mgw_verdict verdict;

	verdict = mgw_toa_blank_whole(pkt);
	if (verdict == MGW_CONTINUE)
		verdict = mgw_xmit_whole(pkt);
	/* This host is the rs, and its stack has the packet now. */
	if (verdict == MGW_ACCEPT && !mgw_packet_at_ingress(pkt))
		count_packet(pkt, len);
	if (verdict != MGW_CONTINUE)
		return verdict;
	count_packet(pkt, len);
	mgw_xmit_send(pkt);
	return MGW_STOLEN;
}

/* One of many, with numbers and flags of its own. */
static enum mgw_verdict forward_one(struct mgw_packet *pkt)
{
	enum mgw_verdict verdict;

	pkt->needs_stack = false;
	verdict = mgw_packet_parse(pkt);
	if (verdict != MGW_CONTINUE)
		return verdict;
	pkt->sess = mgw_session_lookup(pkt->mc, &pkt->tuple, pkt->hash,
				       &pkt->dir);
	if (unlikely(!pkt->sess))
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_SESSION);
	if (pkt->sess->flags & MGW_SESSION_ONE_WAY)
		return send_whole(pkt);
	verdict = mgw_xmit_route(pkt);
	return verdict == MGW_CONTINUE ? rewrite_and_send(pkt) : verdict;
}

/*
 * What the stack does with one may come to a hook of ours by straight calls and end
 * the session, or another softirq of PREEMPT_RT may: each one looks for it again.
 */
static noinline enum mgw_verdict forward_each(struct mgw_packet *pkt)
{
	struct sk_buff *list, *skb, *next;
	enum mgw_verdict verdict;
	struct mgw_packet one;

	if (!mgw_packet_shed_jumbo(pkt))
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_MEMORY);
	list = skb_gso_segment(pkt->skb, 0);
	if (IS_ERR_OR_NULL(list))
		return mgw_drop(pkt, PTR_ERR(list) == -ENOMEM ?
				     MGW_COUNTER_DROP_NO_MEMORY :
				     MGW_COUNTER_DROP_UNSUPPORTED);
	consume_skb(pkt->skb);
	skb_list_walk_safe(list, skb, next) {
		skb_mark_not_on_list(skb);
		one = *pkt;
		one.skb = skb;
		verdict = forward_one(&one);
		if (verdict == MGW_ACCEPT)
			mgw_netfilter_resume(&one);
		else if (verdict != MGW_STOLEN)
			kfree_skb(skb);
	}
	return MGW_STOLEN;
}

static noinline enum mgw_verdict forward_whole(struct mgw_packet *pkt)
{
	if (must_split(pkt))
		return forward_each(pkt);
	return send_whole(pkt);
}

enum mgw_verdict __mgw_hot mgw_forward(struct mgw_packet *pkt)
{
	enum mgw_verdict verdict;

	mgw_assert_packet(pkt);
	if (unlikely(pkt->sess->flags & MGW_SESSION_ONE_WAY))
		return forward_whole(pkt);
	verdict = mgw_xmit_route(pkt);
	if (unlikely(verdict != MGW_CONTINUE))
		return verdict;
	if (must_split(pkt))
		return forward_each(pkt);
	return rewrite_and_send(pkt);
}
