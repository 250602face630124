// SPDX-License-Identifier: GPL-2.0
/*
 * Pools of local addresses. Changed in process context under
 * mnet->config_lock; packets read the published set under RCU.
 */
#include "pool.h"

#include <linux/cpumask.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "laddr.h"
#include "mnet.h"
#include "objects.h"

static unsigned int family_row(u8 family)
{
	return family != AF_INET;
}

struct mgw_pool *mgw_pool_get(struct mgw_net *mnet, const char *name)
{
	struct mgw_pool *pool;

	lockdep_assert_held(&mnet->config_lock);
	list_for_each_entry(pool, &mnet->pools, list) {
		if (!strcmp(pool->name, name)) {
			pool->users++;
			return pool;
		}
	}
	pool = kzalloc(sizeof(*pool), GFP_KERNEL_ACCOUNT);
	if (!pool)
		return NULL;
	strscpy(pool->name, name, sizeof(pool->name));
	pool->users = 1;
	list_add_tail(&pool->list, &mnet->pools);
	mgw_object_created(MGW_OBJECT_POOL);
	return pool;
}

static void pool_free_rcu(struct rcu_head *head)
{
	struct mgw_pool *pool = container_of(head, struct mgw_pool, rcu);

	kvfree(rcu_access_pointer(pool->set));
	kfree(pool);
	mgw_object_destroyed(MGW_OBJECT_POOL);
}

void mgw_pool_hold(struct mgw_pool *pool)
{
	pool->users++;
}

void mgw_pool_put(struct mgw_pool *pool)
{
	if (--pool->users)
		return;
	list_del(&pool->list);
	call_rcu(&pool->rcu, pool_free_rcu);
}

static struct mgw_laddr_set *set_alloc(unsigned int laddrs)
{
	struct mgw_laddr_set *set;
	size_t size;

	size = struct_size(set, laddr, laddrs);
	set = kvzalloc(size + 2 * nr_cpu_ids * sizeof(**set->slice),
		       GFP_KERNEL_ACCOUNT);
	if (!set)
		return NULL;
	set->cpus = nr_cpu_ids;
	set->slice[0] = (void *)set + size;
	set->slice[1] = set->slice[0] + nr_cpu_ids;
	return set;
}

/* Counting sort by family and CPU. */
static void set_fill(struct mgw_laddr_set *set, struct mgw_pool *pool,
		     struct mgw_net *mnet)
{
	struct mgw_laddr_slice *slice;
	struct mgw_laddr *laddr;
	unsigned int row, cpu;
	u32 first = 0;

	list_for_each_entry(laddr, &mnet->laddr_list, list) {
		if (laddr->pool != pool || laddr->draining)
			continue;
		row = family_row(laddr->family);
		set->slice[row][laddr->cpu].count++;
	}
	for (row = 0; row < 2; row++) {
		for (cpu = 0; cpu < set->cpus; cpu++) {
			slice = &set->slice[row][cpu];
			slice->first = first;
			first += slice->count;
			slice->count = 0;
		}
	}
	list_for_each_entry(laddr, &mnet->laddr_list, list) {
		if (laddr->pool != pool || laddr->draining)
			continue;
		slice = &set->slice[family_row(laddr->family)][laddr->cpu];
		set->laddr[slice->first + slice->count++] = laddr;
	}
}

static struct mgw_laddr_set *set_for(const struct mgw_pool *pool,
				     const struct mgw_net *mnet,
				     unsigned int more)
{
	unsigned int count = more;
	struct mgw_laddr *laddr;

	list_for_each_entry(laddr, &mnet->laddr_list, list)
		count += laddr->pool == pool && !laddr->draining;
	return set_alloc(count);
}

static void publish(struct mgw_pool *pool, struct mgw_net *mnet,
		    struct mgw_laddr_set *set)
{
	struct mgw_laddr_set *old;

	set_fill(set, pool, mnet);
	old = rcu_replace_pointer(pool->set, set,
				  lockdep_is_held(&mnet->config_lock));
	if (old)
		kvfree_rcu(old, rcu);
}

int mgw_pool_prepare(struct mgw_pool *pool, struct mgw_net *mnet,
		     unsigned int more)
{
	lockdep_assert_held(&mnet->config_lock);
	WARN_ON_ONCE(pool->spare);
	pool->spare = set_for(pool, mnet, more);
	return pool->spare ? 0 : -ENOMEM;
}

int mgw_pools_prepare(struct mgw_net *mnet)
{
	struct mgw_pool *pool;

	lockdep_assert_held(&mnet->config_lock);
	list_for_each_entry(pool, &mnet->pools, list) {
		if (mgw_pool_prepare(pool, mnet, 0)) {
			mgw_pools_drop_prepared(mnet);
			return -ENOMEM;
		}
	}
	return 0;
}

void mgw_pools_publish_prepared(struct mgw_net *mnet)
{
	struct mgw_pool *pool;

	lockdep_assert_held(&mnet->config_lock);
	list_for_each_entry(pool, &mnet->pools, list) {
		if (!pool->spare)
			continue;
		publish(pool, mnet, pool->spare);
		pool->spare = NULL;
	}
}

void mgw_pools_drop_prepared(struct mgw_net *mnet)
{
	struct mgw_pool *pool;

	lockdep_assert_held(&mnet->config_lock);
	list_for_each_entry(pool, &mnet->pools, list) {
		kvfree(pool->spare);
		pool->spare = NULL;
	}
}

struct mgw_laddr *const *mgw_pool_slice(const struct mgw_pool *pool, u8 family,
					unsigned int cpu, u32 *count)
{
	const struct mgw_laddr_slice *slice;
	const struct mgw_laddr_set *set;

	set = rcu_dereference(pool->set);
	*count = 0;
	if (!set)
		return NULL;
	slice = &set->slice[family_row(family)][cpu];
	*count = slice->count;
	return &set->laddr[slice->first];
}

int mgw_pool_other_cpu(const struct mgw_pool *pool, u8 family, u32 hash,
		       unsigned int self)
{
	const struct mgw_laddr_slice *row;
	const struct mgw_laddr_set *set;
	unsigned int i, cpu;

	set = rcu_dereference(pool->set);
	if (!set)
		return -ESRCH;
	row = set->slice[family_row(family)];
	for (i = 0; i < set->cpus; i++) {
		cpu = (hash + i) % set->cpus;
		if (cpu != self && row[cpu].count)
			return cpu;
	}
	return -ESRCH;
}
