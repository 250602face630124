// SPDX-License-Identifier: GPL-2.0
/*
 * The one way from the hooks into the walk and back, see entry.h. The walk runs in
 * softirq and has this CPU's part of the namespace to itself; what it decides is carried
 * out here, where alone a packet changes its CPU.
 */
#include "entry.h"

#include "netfilter.h"
#include "steer.h"

bool mgw_entry_concerns_rs(const struct mgw_net *mnet,
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

enum mgw_verdict mgw_entry_not_sent(struct mgw_packet *pkt,
				    enum mgw_verdict verdict)
{
	if (verdict == MGW_HAND_OVER)
		return mgw_steer_hand_over(pkt);
	if (verdict == MGW_DEFER)
		return mgw_steer_defer(pkt);
	return verdict;
}

unsigned int mgw_entry_from_process(struct mgw_net *mnet, struct sk_buff *skb,
				    enum mgw_hook hook,
				    const struct nf_hook_state *state,
				    const struct mgw_interest *interest)
{
	unsigned int verdict;

	local_bh_disable();
	verdict = mgw_entry_in_softirq(mnet, skb, hook, state, interest);
	local_bh_enable();
	return verdict;
}

void mgw_entry_handed_over(struct mgw_cpu *mc, struct sk_buff *skb)
{
	struct mgw_packet pkt = {
		.mnet = mc->mnet,
		.mc = mc,
		.skb = skb,
		.tuple.family = mgw_entry_family(skb),
	};
	enum mgw_verdict verdict = MGW_ACCEPT;
	u8 family = pkt.tuple.family;

	mgw_steer_restore(&pkt);
	rcu_read_lock();
	pkt.interest = mgw_entry_interest(mc->mnet, skb, family);
	/* It may have gone meanwhile. */
	if (pkt.interest || (READ_ONCE(mc->mnet->watch) &&
			     mgw_entry_concerns_rs(mc->mnet, skb, family)))
		verdict = mgw_entry_walk(&pkt);
	switch (verdict) {
	case MGW_ACCEPT:
		mgw_netfilter_resume(&pkt);
		break;
	case MGW_STOLEN:
		break;
	default:
		kfree_skb(skb);
	}
	rcu_read_unlock();
}
