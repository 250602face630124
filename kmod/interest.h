/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which addresses concern MGW: one lookup of the destination tells traffic that
 * is not ours apart, a second one of the source where rs are in mode nat, a third
 * one of the mark where services have one.
 */
#ifndef MGW_INTEREST_H
#define MGW_INTEREST_H

#include <linux/hash.h>
#include <linux/rculist.h>

#include "addr.h"
#include "mnet.h"

struct mgw_laddr;

/**
 * struct mgw_interest - why an address concerns us
 * @node: links of its table, which says which of them is in use; the other one
 *	is for the table after it
 * @addr: key; of a mark its words, all but the first 0
 * @family: key
 * @laddr: when it is a local address
 * @users: services that have it as vaddr or mark, deleted ones too; of a source,
 *	rs that have it as raddr; under mnet->config_lock
 * @rcu: frees it
 */
struct mgw_interest {
	struct hlist_node node[2];
	union nf_inet_addr addr;
	u8 family;
	struct mgw_laddr __rcu *laddr;
	u32 users;
	struct rcu_head rcu;
};

/**
 * struct mgw_interest_table - buckets
 * @count: entries; under mnet->config_lock
 * @shift: 32 - log2 of the number of buckets
 * @which: node of the entries that links them here
 * @heads: buckets
 */
struct mgw_interest_table {
	u32 count;
	u8 shift;
	u8 which;
	struct hlist_head heads[];
};

/*
 * Without a key: only an administrator puts addresses in, so nobody on the
 * network can make a chain long.
 */
static __always_inline u32 mgw_interest_hash(u8 family, const __be32 *addr,
					     u8 shift)
{
	u32 all = (__force u32)addr[0];

	if (family != AF_INET)
		all = (__force u32)(addr[0] ^ addr[1]) * GOLDEN_RATIO_32 +
		      (__force u32)addr[2] * 3 + (__force u32)addr[3];
	return all * GOLDEN_RATIO_32 >> shift;
}

static __always_inline struct mgw_interest *
mgw_interest_in(const struct mgw_interest_table *table, u8 family,
		const void *addr)
{
	struct mgw_interest *entry;
	u32 bucket;

	if (unlikely(!table))
		return NULL;
	bucket = mgw_interest_hash(family, addr, table->shift);
	hlist_for_each_entry_rcu(entry, &table->heads[bucket],
				 node[table->which])
		if (entry->family == family &&
		    mgw_addr_equal(&entry->addr, addr, family))
			return entry;
	return NULL;
}

/**
 * mgw_interest_lookup() - why an address concerns us
 * @mnet: namespace
 * @family: of @addr
 * @addr: destination of a packet, 4 or 16 bytes, aligned to 4
 *
 * Context: RCU read side.
 * Return: NULL when it does not.
 */
static __always_inline struct mgw_interest *
mgw_interest_lookup(const struct mgw_net *mnet, u8 family, const void *addr)
{
	return mgw_interest_in(rcu_dereference(mnet->interest), family, addr);
}

/* Whether an address is a local address. */
static inline bool mgw_interest_is_laddr(const struct mgw_net *mnet, u8 family,
					 const void *addr)
{
	const struct mgw_interest *entry;

	entry = mgw_interest_lookup(mnet, family, addr);
	return entry && rcu_access_pointer(entry->laddr);
}

/* Whether what comes from there may be the answer of an rs in mode nat. */
static inline bool mgw_interest_is_source(const struct mgw_net *mnet, u8 family,
					  const void *addr)
{
	return mgw_interest_in(rcu_dereference(mnet->sources), family, addr);
}

/* Whether a service of that family has or had the mark, and lives yet. */
static inline bool mgw_interest_is_mark(const struct mgw_net *mnet, u8 family,
					u32 mark)
{
	union nf_inet_addr key = { .all = { mark } };

	return mark &&
	       mgw_interest_in(rcu_dereference(mnet->marks), family, &key);
}

/*
 * Config side, mnet->config_lock held. An address is either a vaddr or a
 * laddr: -EADDRINUSE when it already is the other.
 */
int mgw_interest_add_vaddr(struct mgw_net *mnet,
			   const union nf_inet_addr *addr, u8 family);
void mgw_interest_del_vaddr(struct mgw_net *mnet,
			    const union nf_inet_addr *addr, u8 family);
int mgw_interest_add_laddr(struct mgw_net *mnet,
			   const union nf_inet_addr *addr, u8 family,
			   struct mgw_laddr *laddr);
void mgw_interest_del_laddr(struct mgw_net *mnet,
			    const union nf_inet_addr *addr, u8 family);
/* The laddr of an address, or NULL. */
struct mgw_laddr *mgw_interest_find_laddr(struct mgw_net *mnet,
					  const union nf_inet_addr *addr,
					  u8 family);

int mgw_interest_add_source(struct mgw_net *mnet,
			    const union nf_inet_addr *addr, u8 family);
void mgw_interest_del_source(struct mgw_net *mnet,
			     const union nf_inet_addr *addr, u8 family);

/* These count in mnet->watch, too. */
int mgw_interest_add_mark(struct mgw_net *mnet, u32 mark, u8 family);
void mgw_interest_del_mark(struct mgw_net *mnet, u32 mark, u8 family);

/* When they are empty, and no packet looks into them. */
void mgw_interest_exit(struct mgw_net *mnet);

#endif /* MGW_INTEREST_H */
