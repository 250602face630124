// SPDX-License-Identifier: GPL-2.0
/*
 * The table of addresses that concern us. Written under mnet->config_lock,
 * read by every packet of the namespace under RCU.
 */
#include "interest.h"

#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "hot.h"
#include "mnet.h"

static const struct rhashtable_params interest_params = {
	.key_len = sizeof(struct mgw_interest_key),
	.key_offset = offsetof(struct mgw_interest, key),
	.head_offset = offsetof(struct mgw_interest, node),
	.automatic_shrinking = true,
};

static struct mgw_interest_key make_key(const void *addr, u8 family)
{
	struct mgw_interest_key key = { .family = family };

	memcpy(&key.addr, addr, mgw_addr_len(family));
	return key;
}

__mgw_hot struct mgw_interest *
mgw_interest_lookup(struct mgw_net *mnet, u8 family, const void *addr)
{
	struct mgw_interest_key key = make_key(addr, family);

	return rhashtable_lookup(&mnet->interest, &key, interest_params);
}

/* Finds or makes the entry; a new one concerns nobody yet. */
static struct mgw_interest *entry_get(struct mgw_net *mnet,
				      const union nf_inet_addr *addr, u8 family)
{
	struct mgw_interest_key key = make_key(addr, family);
	struct mgw_interest *entry;
	int err;

	entry = rhashtable_lookup_fast(&mnet->interest, &key, interest_params);
	if (entry)
		return entry;
	entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	if (!entry)
		return ERR_PTR(-ENOMEM);
	entry->key = key;
	err = rhashtable_insert_fast(&mnet->interest, &entry->node,
				     interest_params);
	if (err) {
		kfree(entry);
		return ERR_PTR(err);
	}
	return entry;
}

static void entry_put(struct mgw_net *mnet, struct mgw_interest *entry)
{
	if (entry->services || rcu_access_pointer(entry->laddr))
		return;
	rhashtable_remove_fast(&mnet->interest, &entry->node, interest_params);
	kfree_rcu(entry, rcu);
}

int mgw_interest_add_vaddr(struct mgw_net *mnet,
			   const union nf_inet_addr *addr, u8 family)
{
	struct mgw_interest *entry;

	lockdep_assert_held(&mnet->config_lock);
	entry = entry_get(mnet, addr, family);
	if (IS_ERR(entry))
		return PTR_ERR(entry);
	if (rcu_access_pointer(entry->laddr))
		return -EADDRINUSE;
	entry->services++;
	return 0;
}

void mgw_interest_del_vaddr(struct mgw_net *mnet,
			    const union nf_inet_addr *addr, u8 family)
{
	struct mgw_interest_key key = make_key(addr, family);
	struct mgw_interest *entry;

	lockdep_assert_held(&mnet->config_lock);
	entry = rhashtable_lookup_fast(&mnet->interest, &key, interest_params);
	if (WARN_ON_ONCE(!entry || !entry->services))
		return;
	entry->services--;
	entry_put(mnet, entry);
}

int mgw_interest_add_laddr(struct mgw_net *mnet,
			   const union nf_inet_addr *addr, u8 family,
			   struct mgw_laddr *laddr)
{
	struct mgw_interest *entry;

	lockdep_assert_held(&mnet->config_lock);
	entry = entry_get(mnet, addr, family);
	if (IS_ERR(entry))
		return PTR_ERR(entry);
	if (entry->services)
		return -EADDRINUSE;
	rcu_assign_pointer(entry->laddr, laddr);
	return 0;
}

void mgw_interest_del_laddr(struct mgw_net *mnet,
			    const union nf_inet_addr *addr, u8 family)
{
	struct mgw_interest_key key = make_key(addr, family);
	struct mgw_interest *entry;

	lockdep_assert_held(&mnet->config_lock);
	entry = rhashtable_lookup_fast(&mnet->interest, &key, interest_params);
	if (WARN_ON_ONCE(!entry))
		return;
	RCU_INIT_POINTER(entry->laddr, NULL);
	entry_put(mnet, entry);
}

int mgw_interest_init(struct mgw_net *mnet)
{
	return rhashtable_init(&mnet->interest, &interest_params);
}

void mgw_interest_exit(struct mgw_net *mnet)
{
	WARN_ON_ONCE(atomic_read(&mnet->interest.nelems));
	rhashtable_destroy(&mnet->interest);
}
