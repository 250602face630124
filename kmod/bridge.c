// SPDX-License-Identifier: GPL-2.0
/* Softirq, or BH disabled, RCU read side. */
#include "bridge.h"

#include <linux/etherdevice.h>
#include <linux/netfilter_bridge.h>
#include <linux/netfilter_ipv4.h>
#include <net/net_namespace.h>

/* No fewer than br_netfilter has. */
#define BRNF_HOOKS	8

#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
/* Also the address of a macvlan or the like on top of it. */
static bool has_mac(const struct net_device *dev, const u8 *mac)
{
	const struct netdev_hw_addr *ha;

	if (ether_addr_equal(mac, dev->dev_addr))
		return true;
	list_for_each_entry_rcu(ha, &dev->uc.list, list)
		if (ether_addr_equal(mac, ha->addr))
			return true;
	return false;
}

bool mgw_bridge_hands_on(const struct sk_buff *skb)
{
	const struct nf_bridge_info *info = nf_bridge_info_get(skb);

	return info->in_prerouting && info->pkt_otherhost &&
	       !has_mac(skb->dev, eth_hdr(skb)->h_dest);
}
#endif

/* It registers all of its hooks as one array. */
bool mgw_bridge_has_hook(const struct net *net, const struct nf_hook_ops *ops)
{
#ifdef CONFIG_NETFILTER_FAMILY_BRIDGE
	const struct nf_hook_entries *entries;
	struct nf_hook_ops **others;
	unsigned long ahead;
	unsigned int i;

	if (ops->priority != NF_IP_PRI_FIRST || ops->priv)
		return false;
	entries = rcu_dereference(net->nf.hooks_bridge[NF_BR_PRE_ROUTING]);
	if (!entries)
		return false;
	others = nf_hook_entries_get_hook_ops(entries);
	for (i = 0; i < entries->num_hook_entries; i++) {
		ahead = (unsigned long)ops - (unsigned long)others[i];
		if (others[i]->priority == NF_BR_PRI_BRNF &&
		    ahead < BRNF_HOOKS * sizeof(*ops))
			return true;
	}
#endif
	return false;
}
