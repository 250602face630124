// SPDX-License-Identifier: GPL-2.0
/*
 * Asks the host's connection tracking. Its module is not one that this one needs:
 * what is asked of it is looked up by name, now or when it is loaded.
 */
#include "conntrack.h"

#if IS_ENABLED(CONFIG_NF_CONNTRACK)

#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "session.h"

/* Once set it stays, with a reference to its module. */
static typeof(nf_conntrack_find_get) *find_get __read_mostly;

static void key_of(struct nf_conntrack_tuple *key,
		   const struct mgw_tuple *tuple)
{
	if (tuple->family == AF_INET) {
		key->src.u3.ip = tuple->saddr.ip;
		key->dst.u3.ip = tuple->daddr.ip;
	} else {
		key->src.u3.in6 = tuple->saddr.in6;
		key->dst.u3.in6 = tuple->daddr.in6;
	}
	key->src.l3num = tuple->family;
	key->src.u.all = tuple->sport;
	key->dst.u.all = tuple->dport;
	key->dst.protonum = tuple->proto;
}

bool mgw_conntrack_translates(struct net *net, const struct mgw_tuple *tuple,
			      const struct sk_buff *skb, bool answers)
{
	typeof(nf_conntrack_find_get) *find = READ_ONCE(find_get);
	const struct nf_conn *template;
	struct nf_conntrack_tuple key = {};
	struct nf_conntrack_tuple_hash *hash;
	enum ip_conntrack_info info;
	struct nf_conntrack_zone zone;
	struct nf_conn *ct;
	bool does;

	if (!find)
		return false;
	template = nf_ct_get(skb, &info);
	if (template && !nf_ct_is_template(template))
		template = NULL;
	key_of(&key, tuple);
	hash = find(net, nf_ct_zone_tmpl(template, skb, &zone), &key);
	if (!hash)
		return false;
	ct = nf_ct_tuplehash_to_ctrack(hash);
	does = READ_ONCE(ct->status) & IPS_NAT_MASK &&
	       (!answers || NF_CT_DIRECTION(hash) == IP_CT_DIR_REPLY);
	nf_conntrack_put(&ct->ct_general);
	return does;
}

bool mgw_conntrack_masquerades(const struct net *net, u8 family)
{
	struct nf_hook_entries __rcu *const *hooks;
	const struct nf_hook_entries *entries;
	struct nf_hook_ops **ops;
	unsigned int i;

	hooks = family == AF_INET ? net->nf.hooks_ipv4 : net->nf.hooks_ipv6;
	entries = rcu_dereference(hooks[NF_INET_POST_ROUTING]);
	if (!entries)
		return false;
	ops = nf_hook_entries_get_hook_ops(entries);
	for (i = 0; i < entries->num_hook_entries; i++)
		if (ops[i]->priority == NF_IP_PRI_NAT_SRC)
			return true;
	return false;
}

static void take(void)
{
	typeof(nf_conntrack_find_get) *found;

	found = symbol_get(nf_conntrack_find_get);
	if (found && cmpxchg(&find_get, NULL, found))
		symbol_put(nf_conntrack_find_get);
}

static int on_module(struct notifier_block *nb, unsigned long state, void *data)
{
	if (state == MODULE_STATE_LIVE && !READ_ONCE(find_get))
		take();
	return NOTIFY_DONE;
}

static struct notifier_block modules = { .notifier_call = on_module };

int mgw_conntrack_init(void)
{
	int err = register_module_notifier(&modules);

	if (!err)
		take();
	return err;
}

void mgw_conntrack_exit(void)
{
	unregister_module_notifier(&modules);
	if (find_get)
		symbol_put(nf_conntrack_find_get);
}

#endif
