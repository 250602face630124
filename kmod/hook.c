// SPDX-License-Identifier: GPL-2.0
/*
 * The walk of a packet, from top to bottom: whose destination, parse, session,
 * state, route, rewrite, send. Softirq, or BH disabled, whatever context the
 * hook is called in; RCU read side, as in every netfilter hook. The hook in
 * PRE_ROUTING is after the raw table and before connection tracking, which thus
 * never sees our flows; fragments come put together. The ingress hook
 * (ingress.c) leaves to it what it does not take.
 */
#include "hook.h"

#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/gso.h>
#include <net/netfilter/ipv4/nf_defrag_ipv4.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>

#include "admit.h"
#include "bridge.h"
#include "hot.h"
#include "icmp.h"
#include "interest.h"
#include "ipsec.h"
#include "nat.h"
#include "nat_xlat.h"
#include "packet.h"
#include "proto.h"
#include "rs.h"
#include "source.h"
#include "steer.h"
#include "toa.h"
#include "tunnel.h"
#include "xmit.h"

#define HOOK_PRIORITY (NF_IP_PRI_CONNTRACK - 10)

static void __mgw_hot count(struct mgw_packet *pkt, unsigned int len)
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
	count(pkt, len);
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
		count(pkt, len);
	if (verdict != MGW_CONTINUE)
		return verdict;
	count(pkt, len);
	mgw_xmit_send(pkt);
	return MGW_STOLEN;
}

static const struct nf_hook_entries *
prerouting(const struct mgw_packet *pkt, const struct nf_hook_ops **own)
{
	const struct net *net = pkt->mnet->net;

	if (pkt->tuple.family == AF_INET) {
		*own = &pkt->mnet->hook_ops[0];
		return rcu_dereference(net->nf.hooks_ipv4[(*own)->hooknum]);
	}
	*own = &pkt->mnet->hook_ops[1];
	return rcu_dereference(net->nf.hooks_ipv6[(*own)->hooknum]);
}

/*
 * The stack goes on with a packet that is not ours after all, handed over or cut
 * off from others: through the hooks that come after our own, then to where
 * netfilter would have gone. One from an ingress hook, the last hook there is,
 * goes on to IP receive; taps and tc, which have seen it, do not see it again.
 */
static void go_on(const struct mgw_packet *pkt)
{
	const struct nf_hook_entries *entries;
	struct net *net = pkt->mnet->net;
	struct nf_hook_ops **ops;
	struct nf_hook_state state;
	const struct nf_hook_ops *own;
	unsigned int i;

	if (mgw_packet_at_ingress(pkt)) {
		mgw_skb_skip_ingress(pkt->skb);
		netif_receive_skb_core(pkt->skb);
		return;
	}
	entries = prerouting(pkt, &own);
	nf_hook_state_init(&state, own->hooknum, pkt->tuple.family,
			   pkt->skb->dev, NULL, NULL, net, pkt->okfn);
	if (entries) {
		ops = nf_hook_entries_get_hook_ops(entries);
		for (i = 0; i < entries->num_hook_entries; i++)
			if (ops[i] == own)
				break;
		if (i < entries->num_hook_entries &&
		    nf_hook_slow(pkt->skb, &state, entries, i + 1) != 1)
			return;
	}
	pkt->okfn(net, NULL, pkt->skb);
}

static void resume(const struct mgw_packet *pkt)
{
	bool paused;

	/* The device has moved to another namespace, where it has no business. */
	if (unlikely(!net_eq(dev_net(pkt->skb->dev), pkt->mnet->net))) {
		mgw_drop(pkt, MGW_COUNTER_DROP_DEVICE_MOVED);
		kfree_skb(pkt->skb);
		return;
	}
	if (mgw_packet_at_ingress(pkt))
		mgw_counters_inc(&pkt->mc->counters,
				 MGW_COUNTER_INGRESS_PASSED);
	paused = mgw_owner_pause(&pkt->mc->owner);
	go_on(pkt);
	mgw_owner_resume(&pkt->mc->owner, paused);
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
			resume(&one);
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

static enum mgw_verdict __mgw_hot forward(struct mgw_packet *pkt)
{
	enum mgw_verdict verdict;

	if (unlikely(pkt->sess->flags & MGW_SESSION_ONE_WAY))
		return forward_whole(pkt);
	verdict = mgw_xmit_route(pkt);
	if (unlikely(verdict != MGW_CONTINUE))
		return verdict;
	if (must_split(pkt))
		return forward_each(pkt);
	return rewrite_and_send(pkt);
}

/* Defragmentation alone has that priority and no priv. */
static bool decides(const struct net *net, const struct nf_hook_ops *ops)
{
	return (ops->priority != NF_IP_PRI_CONNTRACK_DEFRAG || ops->priv) &&
	       !mgw_bridge_has_hook(net, ops);
}

/*
 * A raw table, or whatever else is ahead of our own hook in PRE_ROUTING, may
 * refuse a session: its first packet goes by there.
 */
static bool others_decide(const struct mgw_packet *pkt)
{
	const struct nf_hook_entries *entries;
	const struct nf_hook_ops *own;
	struct nf_hook_ops **ops;
	unsigned int i;

	if (!mgw_packet_at_ingress(pkt))
		return false;
	entries = prerouting(pkt, &own);
	if (!entries)
		return false;
	ops = nf_hook_entries_get_hook_ops(entries);
	for (i = 0; i < entries->num_hook_entries && ops[i] != own; i++)
		if (decides(pkt->mnet->net, ops[i]))
			return true;
	return false;
}

/* Nobody's packet on this CPU, or the first of a session after the last. */
static noinline enum mgw_verdict first(struct mgw_packet *pkt)
{
	enum mgw_verdict verdict;

	if (others_decide(pkt))
		return MGW_ACCEPT;
	verdict = mgw_admit(pkt);
	return verdict == MGW_CONTINUE ? forward(pkt) : verdict;
}

static noinline enum mgw_verdict reuse(struct mgw_packet *pkt)
{
	if (others_decide(pkt))
		return MGW_ACCEPT;
	/* Nobody begins a session while laddrs change their owner. */
	if (unlikely(READ_ONCE(pkt->mnet->moving)))
		return mgw_steer_defer(pkt);
	mgw_session_end(pkt->mc, pkt->sess, MGW_COUNTER_SESSIONS_REUSED);
	pkt->sess = NULL;
	return first(pkt);
}

static noinline enum mgw_verdict miss(struct mgw_packet *pkt,
				      const struct mgw_interest *interest)
{
	enum mgw_verdict verdict;

	/* Passed on after a hand-over it would see generic XDP twice. */
	if (mgw_packet_at_ingress(pkt) && !pkt->hops &&
	    rcu_access_pointer(pkt->skb->dev->xdp_prog))
		return MGW_ACCEPT;
	/* Not of TCP: a session of another CPU is all that is likely. */
	if (pkt->tuple.proto == IPPROTO_UDP &&
	    mgw_admit_is_unknown(pkt, interest))
		return mgw_pass(pkt, MGW_COUNTER_PASSED_NO_SERVICE);
	verdict = mgw_steer_miss(pkt, interest);
	if (verdict != MGW_CONTINUE)
		return verdict;
	if (mgw_ipsec_refuses(pkt, interest))
		return mgw_drop(pkt, MGW_COUNTER_DROP_IPSEC);
	return first(pkt);
}

/* ICMP errors belong to the sessions they are about. */
static noinline enum mgw_verdict no_ports(struct mgw_packet *pkt,
					  const struct mgw_interest *interest,
					  enum mgw_verdict verdict)
{
	if (verdict == MGW_ACCEPT && mgw_packet_is_icmp(pkt) &&
	    !mgw_packet_at_ingress(pkt))
		return mgw_icmp(pkt, interest);
	/* Its source alone makes a packet that lies none of ours. */
	if (verdict == MGW_DROP && !interest)
		return MGW_ACCEPT;
	return verdict;
}

enum mgw_verdict __mgw_hot mgw_hook_walk(struct mgw_packet *pkt,
					 const struct mgw_interest *interest)
{
	enum mgw_verdict verdict;
	bool goes_on;

	mgw_assert_owner(pkt->mc);
	pkt->ipsec = mgw_ipsec_matters(pkt->mnet->net, pkt->skb);
	verdict = mgw_packet_parse(pkt);
	if (unlikely(verdict != MGW_CONTINUE))
		return no_ports(pkt, interest, verdict);
	/* Rarely of a session: the service tells sooner than the table. */
	if (unlikely(pkt->seg.flags & MGW_TCPHDR_SYN) &&
	    mgw_admit_is_unknown(pkt, interest))
		return mgw_pass(pkt, MGW_COUNTER_PASSED_NO_SERVICE);
	pkt->hash = mgw_tuple_hash(pkt->mnet, &pkt->tuple);
	pkt->sess = mgw_session_lookup(pkt->mc, &pkt->tuple, pkt->hash,
				       &pkt->dir);
	if (unlikely(!pkt->sess))
		return miss(pkt, interest);
	ASSERT_EXCLUSIVE_ACCESS(*pkt->sess);
	if (mgw_ipsec_refuses(pkt, interest))
		return mgw_drop(pkt, MGW_COUNTER_DROP_IPSEC);
	if (unlikely(!mgw_source_is_known(pkt))) {
		verdict = mgw_source_check_flow(pkt);
		if (verdict != MGW_CONTINUE)
			return verdict;
	}
	if (pkt->tuple.proto == IPPROTO_TCP)
		goes_on = mgw_tcp_track(pkt);
	else
		goes_on = mgw_udp_track(pkt);
	if (unlikely(!goes_on))
		return reuse(pkt);
	return forward(pkt);
}

static __always_inline const struct mgw_interest *
interest_of(const struct mgw_net *mnet, const struct sk_buff *skb, u8 family)
{
	if (family == AF_INET)
		return mgw_interest_lookup(mnet, family, &ip_hdr(skb)->daddr);
	return mgw_interest_lookup(mnet, family, &ipv6_hdr(skb)->daddr);
}

/*
 * Whether a packet to somewhere else may be the answer of an rs in mode nat, an
 * ICMP error on its way to or about such an rs or a tunnel, or one with the mark
 * of a service. ICMP errors about packets of those rarely have their mark.
 */
static noinline bool may_concern_rs(const struct mgw_net *mnet,
				    const struct sk_buff *skb, u8 family)
{
	if (mgw_interest_is_mark(mnet, family, skb->mark))
		return true;
	if (family == AF_INET)
		return ip_hdr(skb)->protocol == IPPROTO_ICMP ||
		       mgw_interest_is_source(mnet, family,
					      &ip_hdr(skb)->saddr);
	return ipv6_hdr(skb)->nexthdr == IPPROTO_ICMPV6 ||
	       mgw_interest_is_source(mnet, family, &ipv6_hdr(skb)->saddr);
}

static bool concerns_rs(const struct mgw_net *mnet, const struct sk_buff *skb,
			u8 family)
{
	return READ_ONCE(mnet->watch) && may_concern_rs(mnet, skb, family);
}

/* Not part of hook(): what is not ours shall not pay for its stack frame. */
static noinline unsigned int __mgw_hot walk(struct mgw_net *mnet,
					    struct sk_buff *skb,
					    const struct nf_hook_state *state,
					    const struct mgw_interest *interest)
{
	struct mgw_packet pkt = {
		.mnet = mnet,
		.mc = mgw_this_cpu(mnet),
		.skb = skb,
		.okfn = state->okfn,
		.tuple.family = state->pf,
	};
	enum mgw_verdict verdict;

	if (unlikely(mgw_packet_is_hosts(skb) || mgw_bridge_has_still(skb)))
		return NF_ACCEPT;
	mgw_owner_enter(&pkt.mc->owner);
	verdict = mgw_hook_walk(&pkt, interest);
	mgw_owner_leave(&pkt.mc->owner);
	return mgw_hook_answer(verdict);
}

/*
 * A verdict of NFQUEUE comes back in the process that gave it. What a packet
 * touches belongs to softirq.
 */
static noinline unsigned int
walk_in_process(struct mgw_net *mnet, struct sk_buff *skb,
		const struct nf_hook_state *state,
		const struct mgw_interest *interest)
{
	unsigned int verdict;

	local_bh_disable();
	verdict = walk(mnet, skb, state, interest);
	local_bh_enable();
	return verdict;
}

static __always_inline unsigned int enter(struct mgw_net *mnet,
					  struct sk_buff *skb,
					  const struct nf_hook_state *state,
					  const struct mgw_interest *interest)
{
	if (likely(in_softirq()))
		return walk(mnet, skb, state, interest);
	return walk_in_process(mnet, skb, state, interest);
}

static noinline unsigned int walk_of_rs(struct mgw_net *mnet,
					struct sk_buff *skb,
					const struct nf_hook_state *state)
{
	if (!may_concern_rs(mnet, skb, state->pf))
		return NF_ACCEPT;
	return enter(mnet, skb, state, NULL);
}

static unsigned int __mgw_hot hook(void *priv, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	const struct mgw_interest *interest;
	struct mgw_net *mnet = priv;

	interest = interest_of(mnet, skb, state->pf);
	if (unlikely(interest))
		return enter(mnet, skb, state, interest);
	if (unlikely(READ_ONCE(mnet->watch)))
		return walk_of_rs(mnet, skb, state);
	return NF_ACCEPT;
}

void mgw_hook_steered(struct mgw_cpu *mc, struct sk_buff *skb)
{
	struct mgw_packet pkt = {
		.mnet = mc->mnet,
		.mc = mc,
		.skb = skb,
		.okfn = mgw_steer_okfn(skb),
		.tuple.family = skb->protocol == htons(ETH_P_IPV6) ?
				AF_INET6 : AF_INET,
		.hops = mgw_steer_hops(skb),
		.spilled = mgw_steer_spilled(skb),
	};
	const struct mgw_interest *interest;
	enum mgw_verdict verdict;

	rcu_read_lock();
	interest = interest_of(mc->mnet, skb, pkt.tuple.family);
	/* It may have gone meanwhile. */
	if (interest || concerns_rs(mc->mnet, skb, pkt.tuple.family))
		verdict = mgw_hook_walk(&pkt, interest);
	else
		verdict = MGW_ACCEPT;
	switch (verdict) {
	case MGW_ACCEPT:
		resume(&pkt);
		break;
	case MGW_STOLEN:
		break;
	default:
		kfree_skb(skb);
	}
	rcu_read_unlock();
}

static const struct nf_hook_ops hook_template[2] = {
	{
		.hook = hook,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = HOOK_PRIORITY,
	},
	{
		.hook = hook,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = HOOK_PRIORITY,
	},
};

int mgw_hook_register(struct mgw_net *mnet)
{
	int err, i;

	for (i = 0; i < ARRAY_SIZE(hook_template); i++) {
		mnet->hook_ops[i] = hook_template[i];
		mnet->hook_ops[i].priv = mnet;
	}
	err = nf_defrag_ipv4_enable(mnet->net);
	if (err)
		return err;
	err = nf_defrag_ipv6_enable(mnet->net);
	if (err)
		goto err_defrag4;
	err = nf_register_net_hooks(mnet->net, mnet->hook_ops,
				    ARRAY_SIZE(mnet->hook_ops));
	if (err)
		goto err_defrag6;
	return 0;

err_defrag6:
	nf_defrag_ipv6_disable(mnet->net);
err_defrag4:
	nf_defrag_ipv4_disable(mnet->net);
	return err;
}

void mgw_hook_unregister(struct mgw_net *mnet)
{
	nf_unregister_net_hooks(mnet->net, mnet->hook_ops,
				ARRAY_SIZE(mnet->hook_ops));
	nf_defrag_ipv6_disable(mnet->net);
	nf_defrag_ipv4_disable(mnet->net);
}
