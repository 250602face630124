// SPDX-License-Identifier: GPL-2.0
/*
 * The other hooks of netfilter: which of them are ahead of ours, and those behind
 * it, which a packet meets that the stack goes on with. Softirq, RCU read side.
 */
#include "netfilter.h"

#include <linux/netfilter_ipv4.h>

#include "bridge.h"

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

/* Defragmentation alone has that priority and no priv. */
static bool decides(const struct net *net, const struct nf_hook_ops *ops)
{
	return (ops->priority != NF_IP_PRI_CONNTRACK_DEFRAG || ops->priv) &&
	       !mgw_bridge_has_hook(net, ops);
}

bool mgw_netfilter_must_see(const struct mgw_packet *pkt)
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

/* Through the hooks behind our own, then to where netfilter would have gone. */
static void resume_prerouting(const struct mgw_packet *pkt)
{
	const struct nf_hook_entries *entries;
	struct net *net = pkt->mnet->net;
	struct nf_hook_ops **ops;
	struct nf_hook_state state;
	const struct nf_hook_ops *own;
	unsigned int i;

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

/*
 * Ours is the last hook there is: it goes on to IP receive. Taps and tc, which have
 * seen it, do not see it again.
 */
static void resume_ingress(const struct mgw_packet *pkt)
{
	mgw_skb_skip_ingress(pkt->skb);
	netif_receive_skb_core(pkt->skb);
}

void mgw_netfilter_resume(const struct mgw_packet *pkt)
{
	bool paused;

	/* The device has moved to another namespace, where it has no business. */
	if (unlikely(!net_eq(dev_net(pkt->skb->dev), pkt->mnet->net))) {
		mgw_drop(pkt, MGW_COUNTER_DROP_DEVICE_MOVED);
		kfree_skb(pkt->skb);
		return;
	}
	mgw_packet_passed(pkt);
	paused = mgw_owner_pause(&pkt->mc->owner);
	if (mgw_packet_at_ingress(pkt))
		resume_ingress(pkt);
	else
		resume_prerouting(pkt);
	mgw_owner_resume(&pkt->mc->owner, paused);
}
