// SPDX-License-Identifier: GPL-2.0
/*
 * Local addresses. Process context under mnet->config_lock, but for what
 * sessions do. Which CPU owns one changes only in rehome.c.
 */
#include "laddr.h"

#include <linux/cpumask.h>
#include <linux/slab.h>

#include "mnet.h"
#include "objects.h"

void mgw_laddr_give_port(struct mgw_portmap *map, __be16 lport)
{
	struct mgw_laddr *laddr = mgw_laddr_of(map);

	mgw_portmap_give(map, ntohs(lport));
	if (unlikely(!laddr->maps.sessions && READ_ONCE(laddr->draining)))
		queue_work(mgw_wq, &laddr->mnet->reap_work);
}

struct mgw_laddr *mgw_laddr_find(struct mgw_net *mnet,
				 const union nf_inet_addr *addr, u8 family)
{
	struct mgw_laddr *laddr;

	lockdep_assert_held(&mnet->config_lock);
	list_for_each_entry(laddr, &mnet->laddr_list, list)
		if (laddr->family == family &&
		    mgw_addr_equal(&laddr->addr, addr, family))
			return laddr;
	return NULL;
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
static unsigned int least_loaded_cpu(struct mgw_net *mnet,
				     const struct mgw_pool *pool, u8 family,
				     unsigned int without)
{
	unsigned int best_count = UINT_MAX;
	struct mgw_laddr *laddr;
	unsigned int best = 0;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		unsigned int count = 0;

		if (cpu == without || !may_own(mnet, cpu))
			continue;
		list_for_each_entry(laddr, &mnet->laddr_list, list)
			count += laddr->pool == pool && !laddr->draining &&
				 laddr->family == family &&
				 laddr->next_cpu == cpu;
		if (count < best_count) {
			best_count = count;
			best = cpu;
		}
	}
	return best;
}

unsigned int mgw_laddr_wanted_cpu(const struct mgw_laddr *laddr,
				  unsigned int without)
{
	struct mgw_net *mnet = laddr->mnet;

	if (laddr->home_cpu != without && may_own(mnet, laddr->home_cpu))
		return laddr->home_cpu;
	if (laddr->cpu != without && may_own(mnet, laddr->cpu))
		return laddr->cpu;
	return least_loaded_cpu(mnet, laddr->pool, laddr->family, without);
}

struct mgw_laddr *mgw_laddr_alloc(struct mgw_net *mnet,
				  const struct mgw_laddr_spec *spec,
				  struct mgw_pool *pool)
{
	bool has_ports = spec->has & MGW_LADDR_HAS_PORTS;
	struct mgw_laddr *laddr;

	laddr = kvzalloc(sizeof(*laddr), GFP_KERNEL_ACCOUNT);
	if (!laddr)
		return NULL;
	laddr->addr = spec->addr;
	laddr->family = spec->family;
	laddr->mnet = mnet;
	laddr->pool = pool;
	laddr->home_given = spec->has & MGW_LADDR_HAS_CPU;
	laddr->home_cpu = laddr->home_given ? spec->cpu :
			  least_loaded_cpu(mnet, pool, spec->family,
					   nr_cpu_ids);
	laddr->cpu = laddr->home_cpu;
	laddr->cpu = mgw_laddr_wanted_cpu(laddr, nr_cpu_ids);
	laddr->next_cpu = laddr->cpu;
	if (mgw_portmaps_init(&laddr->maps,
			      has_ports ? spec->port_min : MGW_LADDR_PORT_MIN,
			      has_ports ? spec->port_max :
					  MGW_LADDR_PORT_MAX)) {
		kvfree(laddr);
		return NULL;
	}
	mgw_object_created(MGW_OBJECT_LADDR);
	return laddr;
}

void mgw_laddr_free(struct mgw_laddr *laddr)
{
	mgw_portmaps_free(&laddr->maps);
	kvfree(laddr);
	mgw_object_destroyed(MGW_OBJECT_LADDR);
}
