// SPDX-License-Identifier: GPL-2.0
/*
 * Local addresses. Process context under mnet->config_lock, but for what
 * sessions do. Which CPU owns one changes only in rehome.c.
 */
#include "laddr.h"

#include <linux/cpumask.h>
#include <linux/slab.h>

#include "interest.h"
#include "mnet.h"
#include "objects.h"

void mgw_laddr_give_port(struct mgw_portmap *map, __be16 lport)
{
	struct mgw_laddr *laddr = mgw_laddr_of(map);

	mgw_portmap_give(map, ntohs(lport));
	if (unlikely(!laddr->maps.sessions && READ_ONCE(laddr->draining)))
		queue_work(mgw_wq, &laddr->mnet->reap_work);
}

/* Each laddr of mnet->laddr_list is in the table of addresses, and no other. */
struct mgw_laddr *mgw_laddr_find(struct mgw_net *mnet,
				 const union nf_inet_addr *addr, u8 family)
{
	return mgw_interest_find_laddr(mnet, addr, family);
}

struct mgw_laddr *mgw_laddr_find_nth(struct mgw_net *mnet,
				     const struct mgw_laddr_spec *spec, u32 i)
{
	const union nf_inet_addr addr = mgw_laddr_spec_addr(spec, i);

	return mgw_laddr_find(mnet, &addr, spec->family);
}

/*
 * A CPU is on line a while longer than it takes sessions, when it goes.
 * rehome.c tells, under config_lock.
 */
static bool may_own(const struct mgw_net *mnet, unsigned int cpu)
{
	return cpu_online(cpu) && !mnet->cpus[cpu]->leaving;
}

static bool is_load(const struct mgw_laddr *laddr, const struct mgw_pool *pool,
		    u8 family)
{
	return laddr->pool == pool && !laddr->draining &&
	       laddr->family == family;
}

u32 *mgw_laddr_load(struct mgw_net *mnet, const struct mgw_pool *pool,
		    u8 family)
{
	struct mgw_laddr *laddr;
	u32 *load;

	lockdep_assert_held(&mnet->config_lock);
	load = kcalloc(nr_cpu_ids, sizeof(*load), GFP_KERNEL_ACCOUNT);
	if (!load)
		return NULL;
	list_for_each_entry(laddr, &mnet->laddr_list, list)
		if (is_load(laddr, pool, family))
			load[laddr->next_cpu]++;
	return load;
}

static u32 count_load(struct mgw_net *mnet, const struct mgw_pool *pool,
		      u8 family, unsigned int cpu)
{
	struct mgw_laddr *laddr;
	u32 count = 0;

	list_for_each_entry(laddr, &mnet->laddr_list, list)
		count += is_load(laddr, pool, family) && laddr->next_cpu == cpu;
	return count;
}

/*
 * The CPU but @without with the fewest laddrs of that pool and family. @load
 * may be NULL: who moves laddrs must not fail for want of memory.
 */
static unsigned int least_loaded_cpu(struct mgw_net *mnet,
				     const struct mgw_pool *pool, u8 family,
				     unsigned int without, const u32 *load)
{
	u32 best_count = U32_MAX;
	unsigned int best = 0;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		u32 count;

		if (cpu == without || !may_own(mnet, cpu))
			continue;
		count = load ? load[cpu] : count_load(mnet, pool, family, cpu);
		if (count < best_count) {
			best_count = count;
			best = cpu;
		}
	}
	return best;
}

static unsigned int wanted_cpu(const struct mgw_laddr *laddr,
			       unsigned int without, const u32 *load)
{
	struct mgw_net *mnet = laddr->mnet;

	if (laddr->home_cpu != without && may_own(mnet, laddr->home_cpu))
		return laddr->home_cpu;
	if (laddr->cpu != without && may_own(mnet, laddr->cpu))
		return laddr->cpu;
	return least_loaded_cpu(mnet, laddr->pool, laddr->family, without,
				load);
}

unsigned int mgw_laddr_wanted_cpu(const struct mgw_laddr *laddr,
				  unsigned int without)
{
	return wanted_cpu(laddr, without, NULL);
}

struct mgw_laddr *mgw_laddr_alloc(struct mgw_net *mnet,
				  const struct mgw_laddr_spec *spec,
				  const union nf_inet_addr *addr,
				  struct mgw_pool *pool, u32 *load)
{
	bool has_ports = spec->has & MGW_LADDR_HAS_PORTS;
	struct mgw_laddr *laddr;

	laddr = kvzalloc(sizeof(*laddr), GFP_KERNEL_ACCOUNT);
	if (!laddr)
		return NULL;
	laddr->addr = *addr;
	laddr->family = spec->family;
	laddr->mnet = mnet;
	laddr->pool = pool;
	laddr->home_given = spec->has & MGW_LADDR_HAS_CPU;
	laddr->home_cpu = laddr->home_given ? spec->cpu :
			  least_loaded_cpu(mnet, pool, spec->family,
					   nr_cpu_ids, load);
	laddr->cpu = laddr->home_cpu;
	laddr->cpu = wanted_cpu(laddr, nr_cpu_ids, load);
	laddr->next_cpu = laddr->cpu;
	if (mgw_portmaps_init(&laddr->maps,
			      has_ports ? spec->port_min : MGW_LADDR_PORT_MIN,
			      has_ports ? spec->port_max :
					  MGW_LADDR_PORT_MAX)) {
		kvfree(laddr);
		return NULL;
	}
	load[laddr->next_cpu]++;
	mgw_object_created(MGW_OBJECT_LADDR);
	return laddr;
}

void mgw_laddr_free(struct mgw_laddr *laddr)
{
	mgw_portmaps_free(&laddr->maps);
	kvfree(laddr);
	mgw_object_destroyed(MGW_OBJECT_LADDR);
}
