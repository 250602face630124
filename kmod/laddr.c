// SPDX-License-Identifier: GPL-2.0
/*
 * Local addresses. Process context under mnet->config_lock, but for what
 * sessions do. Which CPU owns one changes only in rehome.c.
 */
#include "laddr.h"

#include <linux/slab.h>

#include "interest.h"
#include "mnet.h"
#include "objects.h"

void mgw_laddr_give_port(struct mgw_portmap *map, __be16 lport)
{
	struct mgw_laddr *laddr = mgw_laddr_of(map);

	mgw_assert_laddr(laddr);
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

struct mgw_laddr *mgw_laddr_alloc(struct mgw_net *mnet,
				  const struct mgw_laddr_spec *spec,
				  const union nf_inet_addr *addr,
				  struct mgw_pool *pool)
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
	laddr->home_cpu = spec->cpu;
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
