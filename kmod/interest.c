// SPDX-License-Identifier: GPL-2.0
/*
 * The tables of addresses and marks that concern us. Written under mnet->config_lock,
 * read by every packet of the namespace under RCU.
 */
#include "interest.h"

#include <linux/slab.h>

/*
 * Four buckets for an address, so that most of what is not ours ends at an
 * empty one.
 */
#define ORDER_SPARE	2
#define ORDER_MIN	8
#define ORDER_MAX	18

/* One of the tables of a namespace, for who holds its config_lock. */
struct place {
	struct mgw_net *mnet;
	struct mgw_interest_table __rcu **table;
};

static struct place destinations(struct mgw_net *mnet)
{
	lockdep_assert_held(&mnet->config_lock);
	return (struct place){ mnet, &mnet->interest };
}

static struct place sources(struct mgw_net *mnet)
{
	lockdep_assert_held(&mnet->config_lock);
	return (struct place){ mnet, &mnet->sources };
}

static struct place marks(struct mgw_net *mnet)
{
	lockdep_assert_held(&mnet->config_lock);
	return (struct place){ mnet, &mnet->marks };
}

static struct mgw_interest_table *current_table(struct place at)
{
	return rcu_dereference_protected(*at.table,
			lockdep_is_held(&at.mnet->config_lock));
}

/* Freed under config_lock only, which the caller holds. */
static struct mgw_interest *find(struct place at, u8 family,
				 const union nf_inet_addr *addr)
{
	struct mgw_interest *entry;

	rcu_read_lock();
	entry = mgw_interest_in(rcu_dereference(*at.table), family, addr);
	rcu_read_unlock();
	return entry;
}

static u8 order_of(const struct mgw_interest_table *table)
{
	return 32 - table->shift;
}

static void link_entry(struct mgw_interest_table *table,
		       struct mgw_interest *entry)
{
	u32 bucket = mgw_interest_hash(entry->family, entry->addr.ip6,
				       table->shift);

	hlist_add_head_rcu(&entry->node[table->which], &table->heads[bucket]);
	table->count++;
}

/*
 * Readers of the old table go by one node of each entry, those of the new one
 * by the other; the old one's is free again when the last of them has gone.
 */
static void replace(struct place at, struct mgw_interest_table *table)
{
	struct mgw_interest_table *old = current_table(at);
	struct mgw_interest *entry;
	u32 i;

	if (old) {
		table->which = !old->which;
		for (i = 0; i < 1U << order_of(old); i++)
			hlist_for_each_entry(entry, &old->heads[i],
					     node[old->which])
				link_entry(table, entry);
	}
	rcu_assign_pointer(*at.table, table);
	if (old) {
		synchronize_rcu();
		kvfree(old);
	}
}

/* Without memory chains get longer, and the next address asks again. */
static int make_room(struct place at)
{
	struct mgw_interest_table *old = current_table(at), *table;
	u8 order = ORDER_MIN;

	if (old) {
		order = order_of(old);
		if (old->count < 1U << (order - ORDER_SPARE) ||
		    order == ORDER_MAX)
			return 0;
		order++;
	}
	table = kvzalloc(struct_size(table, heads, 1U << order),
			 GFP_KERNEL_ACCOUNT);
	if (!table)
		return old ? 0 : -ENOMEM;
	table->shift = 32 - order;
	replace(at, table);
	return 0;
}

/* Finds or makes the entry; a new one concerns nobody yet. */
static struct mgw_interest *entry_get(struct place at,
				      const union nf_inet_addr *addr, u8 family)
{
	struct mgw_interest *entry = find(at, family, addr);
	int err;

	if (entry)
		return entry;
	err = make_room(at);
	if (err)
		return ERR_PTR(err);
	entry = kzalloc(sizeof(*entry), GFP_KERNEL_ACCOUNT);
	if (!entry)
		return ERR_PTR(-ENOMEM);
	entry->addr = *addr;
	entry->family = family;
	link_entry(current_table(at), entry);
	return entry;
}

static void entry_put(struct place at, struct mgw_interest *entry)
{
	struct mgw_interest_table *table = current_table(at);

	if (entry->users || rcu_access_pointer(entry->laddr))
		return;
	hlist_del_rcu(&entry->node[table->which]);
	table->count--;
	kfree_rcu(entry, rcu);
}

static void user_put(struct place at, const union nf_inet_addr *addr, u8 family)
{
	struct mgw_interest *entry = find(at, family, addr);

	if (WARN_ON_ONCE(!entry || !entry->users))
		return;
	entry->users--;
	entry_put(at, entry);
}

int mgw_interest_add_vaddr(struct mgw_net *mnet,
			   const union nf_inet_addr *addr, u8 family)
{
	struct mgw_interest *entry;

	entry = entry_get(destinations(mnet), addr, family);
	if (IS_ERR(entry))
		return PTR_ERR(entry);
	if (rcu_access_pointer(entry->laddr))
		return -EADDRINUSE;
	entry->users++;
	return 0;
}

void mgw_interest_del_vaddr(struct mgw_net *mnet,
			    const union nf_inet_addr *addr, u8 family)
{
	user_put(destinations(mnet), addr, family);
}

int mgw_interest_add_laddr(struct mgw_net *mnet,
			   const union nf_inet_addr *addr, u8 family,
			   struct mgw_laddr *laddr)
{
	struct mgw_interest *entry;

	entry = entry_get(destinations(mnet), addr, family);
	if (IS_ERR(entry))
		return PTR_ERR(entry);
	if (entry->users)
		return -EADDRINUSE;
	rcu_assign_pointer(entry->laddr, laddr);
	return 0;
}

void mgw_interest_del_laddr(struct mgw_net *mnet,
			    const union nf_inet_addr *addr, u8 family)
{
	struct mgw_interest *entry;

	entry = find(destinations(mnet), family, addr);
	if (WARN_ON_ONCE(!entry))
		return;
	RCU_INIT_POINTER(entry->laddr, NULL);
	entry_put(destinations(mnet), entry);
}

struct mgw_laddr *mgw_interest_find_laddr(struct mgw_net *mnet,
					  const union nf_inet_addr *addr,
					  u8 family)
{
	struct mgw_interest *entry;

	entry = find(destinations(mnet), family, addr);
	if (!entry)
		return NULL;
	return rcu_dereference_protected(entry->laddr,
			lockdep_is_held(&mnet->config_lock));
}

int mgw_interest_add_source(struct mgw_net *mnet,
			    const union nf_inet_addr *addr, u8 family)
{
	struct mgw_interest *entry = entry_get(sources(mnet), addr, family);

	if (IS_ERR(entry))
		return PTR_ERR(entry);
	entry->users++;
	return 0;
}

void mgw_interest_del_source(struct mgw_net *mnet,
			     const union nf_inet_addr *addr, u8 family)
{
	user_put(sources(mnet), addr, family);
}

int mgw_interest_add_mark(struct mgw_net *mnet, u32 mark, u8 family)
{
	union nf_inet_addr key = { .all = { mark } };
	struct mgw_interest *entry = entry_get(marks(mnet), &key, family);

	if (IS_ERR(entry))
		return PTR_ERR(entry);
	entry->users++;
	WRITE_ONCE(mnet->watch, mnet->watch + 1);
	return 0;
}

void mgw_interest_del_mark(struct mgw_net *mnet, u32 mark, u8 family)
{
	union nf_inet_addr key = { .all = { mark } };

	user_put(marks(mnet), &key, family);
	WRITE_ONCE(mnet->watch, mnet->watch - 1);
}

static void table_free(struct mgw_interest_table __rcu **place)
{
	struct mgw_interest_table *table;

	table = rcu_replace_pointer(*place, NULL, true);
	WARN_ON_ONCE(table && table->count);
	kvfree(table);
}

void mgw_interest_exit(struct mgw_net *mnet)
{
	table_free(&mnet->interest);
	table_free(&mnet->sources);
	table_free(&mnet->marks);
}
