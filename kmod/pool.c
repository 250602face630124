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

/* It will be in the set that is prepared. */
static bool takes_part(const struct mgw_laddr *laddr)
{
	return laddr->pool->spare && !laddr->draining;
}

static struct mgw_laddr_slice *slice_of(const struct mgw_pool *pool, u8 family,
					unsigned int cpu)
{
	return &pool->spare->slice[family_row(family)][cpu];
}

static u32 *count_of(const struct mgw_laddr *laddr, unsigned int cpu)
{
	return &slice_of(laddr->pool, laddr->family, cpu)->count;
}

static void clear_counts(struct mgw_laddr_set *set)
{
	memset(set->slice[0], 0, 2 * set->cpus * sizeof(**set->slice));
}

/* Each slice begins where the one before ends. */
static void lay_out(struct mgw_laddr_set *set)
{
	struct mgw_laddr_slice *slice = set->slice[0];
	unsigned int i;
	u32 first = 0;

	for (i = 0; i < 2 * set->cpus; i++) {
		slice[i].first = first;
		first += slice[i].count;
		slice[i].count = 0;
	}
}

/* Counting sort by family and CPU, of all pools at once: they may be many. */
static void fill_spares(struct mgw_net *mnet)
{
	struct mgw_laddr_slice *slice;
	struct mgw_laddr *laddr;
	struct mgw_pool *pool;

	mgw_pools_count(mnet);
	list_for_each_entry(pool, &mnet->pools, list)
		if (pool->spare)
			lay_out(pool->spare);
	list_for_each_entry(laddr, &mnet->laddr_list, list) {
		if (!takes_part(laddr))
			continue;
		slice = slice_of(laddr->pool, laddr->family, laddr->cpu);
		laddr->pool->spare->laddr[slice->first + slice->count++] =
			laddr;
	}
}

static void publish(struct mgw_pool *pool, struct mgw_net *mnet)
{
	struct mgw_laddr_set *old;

	old = rcu_replace_pointer(pool->set, pool->spare,
				  lockdep_is_held(&mnet->config_lock));
	pool->spare = NULL;
	if (old)
		kvfree_rcu(old, rcu);
}

void mgw_pools_measure(struct mgw_net *mnet)
{
	struct mgw_laddr *laddr;
	struct mgw_pool *pool;

	lockdep_assert_held(&mnet->config_lock);
	list_for_each_entry(pool, &mnet->pools, list)
		pool->laddrs = 0;
	list_for_each_entry(laddr, &mnet->laddr_list, list)
		laddr->pool->laddrs += !laddr->draining;
}

int mgw_pool_prepare(struct mgw_pool *pool, unsigned int more)
{
	WARN_ON_ONCE(pool->spare);
	pool->spare = set_alloc(pool->laddrs + more);
	return pool->spare ? 0 : -ENOMEM;
}

int mgw_pools_prepare(struct mgw_net *mnet)
{
	struct mgw_pool *pool;

	mgw_pools_measure(mnet);
	list_for_each_entry(pool, &mnet->pools, list) {
		if (mgw_pool_prepare(pool, 0)) {
			mgw_pools_drop_prepared(mnet);
			return -ENOMEM;
		}
	}
	return 0;
}

void mgw_pools_count(struct mgw_net *mnet)
{
	struct mgw_laddr *laddr;
	struct mgw_pool *pool;

	lockdep_assert_held(&mnet->config_lock);
	list_for_each_entry(pool, &mnet->pools, list)
		if (pool->spare)
			clear_counts(pool->spare);
	list_for_each_entry(laddr, &mnet->laddr_list, list)
		if (takes_part(laddr))
			++*count_of(laddr, laddr->cpu);
}

/*
 * A CPU is on line a while longer than it takes sessions, when it goes.
 * rehome.c tells, under config_lock.
 */
static bool may_own(const struct mgw_net *mnet, unsigned int cpu)
{
	return cpu_online(cpu) && !mnet->cpus[cpu]->leaving;
}

/* The CPU but @without with the fewest laddrs of that pool and family. */
static unsigned int least_loaded_cpu(const struct mgw_net *mnet,
				     const struct mgw_pool *pool, u8 family,
				     unsigned int without)
{
	u32 best_count = U32_MAX;
	unsigned int best = 0;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		u32 count;

		if (cpu == without || !may_own(mnet, cpu))
			continue;
		count = slice_of(pool, family, cpu)->count;
		if (count < best_count) {
			best_count = count;
			best = cpu;
		}
	}
	return best;
}

static unsigned int wanted_cpu(const struct mgw_laddr *laddr,
			       unsigned int without)
{
	const struct mgw_net *mnet = laddr->mnet;

	if (laddr->home_cpu != without && may_own(mnet, laddr->home_cpu))
		return laddr->home_cpu;
	if (laddr->cpu != without && may_own(mnet, laddr->cpu))
		return laddr->cpu;
	return least_loaded_cpu(mnet, laddr->pool, laddr->family, without);
}

void mgw_pool_place(struct mgw_laddr *laddr)
{
	if (!laddr->home_given)
		laddr->home_cpu = least_loaded_cpu(laddr->mnet, laddr->pool,
						   laddr->family, nr_cpu_ids);
	laddr->cpu = laddr->home_cpu;
	laddr->cpu = wanted_cpu(laddr, nr_cpu_ids);
	laddr->next_cpu = laddr->cpu;
	++*count_of(laddr, laddr->cpu);
}

void mgw_pool_place_again(const struct mgw_laddr *laddr)
{
	++*count_of(laddr, laddr->cpu);
}

bool mgw_pool_plan(struct mgw_laddr *laddr, unsigned int without)
{
	laddr->next_cpu = wanted_cpu(laddr, without);
	if (laddr->next_cpu == laddr->cpu)
		return false;
	if (!laddr->draining) {
		--*count_of(laddr, laddr->cpu);
		++*count_of(laddr, laddr->next_cpu);
	}
	return true;
}

void mgw_pools_publish_prepared(struct mgw_net *mnet)
{
	struct mgw_pool *pool;

	lockdep_assert_held(&mnet->config_lock);
	fill_spares(mnet);
	list_for_each_entry(pool, &mnet->pools, list)
		if (pool->spare)
			publish(pool, mnet);
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
