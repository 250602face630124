/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which destination addresses concern MGW: one lookup tells traffic that is
 * not ours apart.
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
 * @node: links of mnet->interest; the table says which of them is in use, the
 *	other one is for the table after it
 * @addr: key
 * @family: key
 * @laddr: when it is a local address
 * @services: services that have it as vaddr; under mnet->config_lock
 * @rcu: frees it
 */
struct mgw_interest {
	struct hlist_node node[2];
	union nf_inet_addr addr;
	u8 family;
	struct mgw_laddr __rcu *laddr;
	u32 services;
	struct rcu_head rcu;
};

/**
 * struct mgw_interest_table - buckets
 * @count: entries; under mnet->config_lock
 * @order: log2 of the number of buckets
 * @which: node of the entries that links them here
 * @heads: buckets
 */
struct mgw_interest_table {
	u32 count;
	u8 order;
	u8 which;
	struct hlist_head heads[];
};

/*
 * Without a key: only an administrator puts addresses in, so nobody on the
 * network can make a chain long.
 */
static __always_inline u32 mgw_interest_hash(u8 family, const __be32 *addr,
					     unsigned int order)
{
	if (family == AF_INET)
		return hash_32((__force u32)addr[0], order);
	return hash_32((__force u32)(addr[0] ^ addr[1]) * GOLDEN_RATIO_32 +
		       (__force u32)addr[2] * 3 + (__force u32)addr[3], order);
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
	const struct mgw_interest_table *table;
	struct mgw_interest *entry;
	u32 bucket;

	table = rcu_dereference(mnet->interest);
	if (unlikely(!table))
		return NULL;
	bucket = mgw_interest_hash(family, addr, table->order);
	hlist_for_each_entry_rcu(entry, &table->heads[bucket],
				 node[table->which])
		if (entry->family == family &&
		    mgw_addr_equal(&entry->addr, addr, family))
			return entry;
	return NULL;
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

/* When it is empty. */
void mgw_interest_exit(struct mgw_net *mnet);

#endif /* MGW_INTEREST_H */
