// SPDX-License-Identifier: GPL-2.0
/*
 * The table of addresses that concern us. Written under mnet->config_lock,
 * read by every packet of the namespace under RCU.
 */
#include "interest.h"

#include <linux/slab.h>

#define ORDER_MIN	6
#define ORDER_MAX	16

static struct mgw_interest_table *current_table(const struct mgw_net *mnet)
{
	return rcu_dereference_protected(mnet->interest,
					 lockdep_is_held(&mnet->config_lock));
}

static struct mgw_interest *find(const struct mgw_net *mnet, u8 family,
				 const union nf_inet_addr *addr)
{
	struct mgw_interest *entry;

	rcu_read_lock();
	entry = mgw_interest_lookup(mnet, family, addr);
	rcu_read_unlock();
	/* Freed under config_lock only, which the caller holds. */
	return entry;
}

static void link_entry(struct mgw_interest_table *table,
		       struct mgw_interest *entry)
{
	u32 bucket = mgw_interest_hash(entry->family, entry->addr.ip6,
				       table->order);

	hlist_add_head_rcu(&entry->node[table->which], &table->heads[bucket]);
	table->count++;
}

/*
 * Readers of the old table go by one node of each entry, those of the new one
 * by the other; the old one's is free again when the last of them has gone.
 */
static void replace(struct mgw_net *mnet, struct mgw_interest_table *table)
{
	struct mgw_interest_table *old = current_table(mnet);
	struct mgw_interest *entry;
	u32 i;

	if (old) {
		table->which = !old->which;
		for (i = 0; i < 1U << old->order; i++)
			hlist_for_each_entry(entry, &old->heads[i],
					     node[old->which])
				link_entry(table, entry);
	}
	rcu_assign_pointer(mnet->interest, table);
	if (old) {
		synchronize_rcu();
		kvfree(old);
	}
}

/* Without memory chains get longer, and the next address asks again. */
static int make_room(struct mgw_net *mnet)
{
	struct mgw_interest_table *old = current_table(mnet), *table;
	u8 order = ORDER_MIN;

	if (old) {
		if (old->count < 1U << old->order || old->order == ORDER_MAX)
			return 0;
		order = old->order + 1;
	}
	table = kvzalloc(struct_size(table, heads, 1U << order), GFP_KERNEL);
	if (!table)
		return old ? 0 : -ENOMEM;
	table->order = order;
	replace(mnet, table);
	return 0;
}

/* Finds or makes the entry; a new one concerns nobody yet. */
static struct mgw_interest *entry_get(struct mgw_net *mnet,
				      const union nf_inet_addr *addr, u8 family)
{
	struct mgw_interest *entry = find(mnet, family, addr);
	int err;

	if (entry)
		return entry;
	err = make_room(mnet);
	if (err)
		return ERR_PTR(err);
	entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	if (!entry)
		return ERR_PTR(-ENOMEM);
	entry->addr = *addr;
	entry->family = family;
	link_entry(current_table(mnet), entry);
	return entry;
}

static void entry_put(struct mgw_net *mnet, struct mgw_interest *entry)
{
	struct mgw_interest_table *table = current_table(mnet);

	if (entry->services || rcu_access_pointer(entry->laddr))
		return;
	hlist_del_rcu(&entry->node[table->which]);
	table->count--;
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
	struct mgw_interest *entry;

	lockdep_assert_held(&mnet->config_lock);
	entry = find(mnet, family, addr);
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
	struct mgw_interest *entry;

	lockdep_assert_held(&mnet->config_lock);
	entry = find(mnet, family, addr);
	if (WARN_ON_ONCE(!entry))
		return;
	RCU_INIT_POINTER(entry->laddr, NULL);
	entry_put(mnet, entry);
}

void mgw_interest_exit(struct mgw_net *mnet)
{
	struct mgw_interest_table *table;

	table = rcu_dereference_protected(mnet->interest, true);
	WARN_ON_ONCE(table && table->count);
	kvfree(table);
}
