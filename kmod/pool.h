/* SPDX-License-Identifier: GPL-2.0 */
/* Pools: named sets of local addresses, from which a service takes its own. */
#ifndef MGW_POOL_H
#define MGW_POOL_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <uapi/linux/mgw.h>

struct mgw_laddr;
struct mgw_net;

/* The laddrs of one family that one CPU owns: set->laddr[first...]. */
struct mgw_laddr_slice {
	u32 first;
	u32 count;
};

/**
 * struct mgw_laddr_set - laddrs of a pool, as the packet path sees them
 * @rcu: frees it after a replacement
 * @cpus: length of each @slice row, nr_cpu_ids
 * @slice: [family != AF_INET][cpu]
 * @laddr: sorted by family and CPU
 */
struct mgw_laddr_set {
	struct rcu_head rcu;
	unsigned int cpus;
	struct mgw_laddr_slice *slice[2];
	struct mgw_laddr *laddr[];
};

/**
 * struct mgw_pool - named set of local addresses
 * @name: word of the operator
 * @set: read under RCU; replaced, never edited
 * @spare: the next @set between its preparation and its publication
 * @laddrs: how many it has that stay, as last measured
 * @users: services and laddrs that name it; freed at zero
 * @list: link of mnet->pools
 */
struct mgw_pool {
	char name[MGW_POOL_NAME_MAX];
	struct mgw_laddr_set __rcu *set;
	struct mgw_laddr_set *spare;
	unsigned int users;
	unsigned int laddrs;
	struct list_head list;
	struct rcu_head rcu;
};

/*
 * Config side: mnet->config_lock held. get makes the pool when it is new, NULL
 * without memory. hold: one more user of it.
 */
struct mgw_pool *mgw_pool_get(struct mgw_net *mnet, const char *name);
void mgw_pool_hold(struct mgw_pool *pool);
void mgw_pool_put(struct mgw_pool *pool);
/*
 * A change in two steps, so that it does not fail half way. prepare: one pool,
 * with room for @more laddrs than were measured under the same hold of the lock, or
 * all pools; 0 or -ENOMEM. Then, still under that hold: publish, so that the sets of
 * all that are prepared follow mnet->laddr_list, which can't fail; or drop, for a
 * change that is not made.
 */
void mgw_pools_measure(struct mgw_net *mnet);
int mgw_pool_prepare(struct mgw_pool *pool, unsigned int more);
int mgw_pools_prepare(struct mgw_net *mnet);
void mgw_pools_publish_prepared(struct mgw_net *mnet);
void mgw_pools_drop_prepared(struct mgw_net *mnet);
/*
 * What is prepared counts the laddrs of each CPU, for the choice of owners before it
 * is published. count: of all pools, as it is now. place: a new laddr gets an owner,
 * the CPU with the fewest but for the operator's word; place_again: one that was
 * deleted has one already. plan: sets next_cpu to where a laddr should live if CPU
 * @without (or nr_cpu_ids) was offline, and says whether that is another one.
 */
void mgw_pools_count(struct mgw_net *mnet);
void mgw_pool_place(struct mgw_laddr *laddr);
void mgw_pool_place_again(const struct mgw_laddr *laddr);
bool mgw_pool_plan(struct mgw_laddr *laddr, unsigned int without);

/**
 * mgw_pool_slice() - the laddrs of one CPU and family
 * @pool: pool, or NULL
 * @family: of the laddrs
 * @cpu: whose
 * @count: how many
 *
 * Context: RCU read side.
 */
struct mgw_laddr *const *mgw_pool_slice(const struct mgw_pool *pool, u8 family,
					unsigned int cpu, u32 *count);

/**
 * mgw_pool_other_cpu() - another CPU that has laddrs of a family
 * @pool: pool
 * @family: of the laddrs
 * @hash: chooses among several
 * @self: not this one
 *
 * Context: RCU read side.
 * Return: a CPU, or -ESRCH.
 */
int mgw_pool_other_cpu(const struct mgw_pool *pool, u8 family, u32 hash,
		       unsigned int self);

#endif /* MGW_POOL_H */
