// SPDX-License-Identifier: GPL-2.0
/*
 * The hook in PRE_ROUTING, which sees the packets of every device: after the raw
 * table and before connection tracking, which thus never sees our flows; fragments
 * come put together. The ingress hook (ingress.c) leaves to it what it does not
 * take.
 */
#include "prerouting.h"

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/netfilter/ipv4/nf_defrag_ipv4.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>

#include "bridge.h"
#include "entry.h"
#include "hot.h"

#define HOOK_PRIORITY (NF_IP_PRI_CONNTRACK - 10)

/* Not part of prerouting(), which has no stack frame without it. */
static noinline unsigned int __mgw_hot
receive(struct mgw_net *mnet, struct sk_buff *skb,
	const struct nf_hook_state *state, const struct mgw_interest *interest)
{
	if (unlikely(mgw_packet_is_hosts(skb) || mgw_bridge_has_still(skb)))
		return NF_ACCEPT;
	return mgw_entry(mnet, skb, MGW_HOOK_PREROUTING, state, interest);
}

static noinline unsigned int watch(struct mgw_net *mnet, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	if (!mgw_entry_concerns_rs(mnet, skb, state->pf))
		return NF_ACCEPT;
	return receive(mnet, skb, state, NULL);
}

static unsigned int __mgw_hot prerouting(void *priv, struct sk_buff *skb,
					 const struct nf_hook_state *state)
{
	const struct mgw_interest *interest;
	struct mgw_net *mnet = priv;

	interest = mgw_entry_interest(mnet, skb, state->pf);
	if (unlikely(interest))
		return receive(mnet, skb, state, interest);
	if (unlikely(READ_ONCE(mnet->watch)))
		return watch(mnet, skb, state);
	return NF_ACCEPT;
}

static const struct nf_hook_ops hook_template[2] = {
	{
		.hook = prerouting,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = HOOK_PRIORITY,
	},
	{
		.hook = prerouting,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = HOOK_PRIORITY,
	},
};

int mgw_prerouting_register(struct mgw_net *mnet)
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

void mgw_prerouting_unregister(struct mgw_net *mnet)
{
	nf_unregister_net_hooks(mnet->net, mnet->hook_ops,
				ARRAY_SIZE(mnet->hook_ops));
	nf_defrag_ipv6_disable(mnet->net);
	nf_defrag_ipv4_disable(mnet->net);
}
