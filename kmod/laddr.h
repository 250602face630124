/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Local addresses: the source addresses towards the real servers. Each belongs
 * to one CPU, which alone hands out its ports.
 */
#ifndef MGW_LADDR_H
#define MGW_LADDR_H

#include <linux/lockdep.h>
#include <linux/smp.h>

#include "addr.h"
#include "portmap.h"

#define MGW_LADDR_PORT_MIN	1024
#define MGW_LADDR_PORT_MAX	65535

struct mgw_net;
struct mgw_pool;

/**
 * struct mgw_laddr - one local address
 *
 * Read by any CPU under RCU:
 * @addr: address
 * @family: of @addr
 * @cpu: who owns it now; changes only while mnet->moving
 * @draining: deleted; no new session
 *
 * Owner only:
 * @maps: ports, by rs address
 * @exhausted: first packets ever refused for want of a port
 * @exhausted_next: no event before that time (jiffies), 0 = none so far
 *
 * Changed under mnet->config_lock:
 * @mnet: namespace
 * @pool: where it is chosen from
 * @home_cpu: where it belongs and returns to when that CPU is online
 * @exhausted_base: @exhausted at the last zeroing
 * @home_given: the operator chose @home_cpu
 * @next_cpu: its owner after the move that is being made, see rehome.c
 * @list: link of mnet->laddr_list
 * @drained: grace period after which nobody can acquire a port any more
 */
struct mgw_laddr {
	union nf_inet_addr addr;
	u8 family;
	bool draining;
	unsigned int cpu;

	struct mgw_portmaps maps;
	u64 exhausted;
	unsigned long exhausted_next;

	struct mgw_net *mnet;
	struct mgw_pool *pool;
	u64 exhausted_base;
	unsigned int home_cpu;
	bool home_given;
	unsigned int next_cpu;
	struct list_head list;
	unsigned long drained;
};

#define MGW_LADDR_HAS_POOL	BIT(0)
#define MGW_LADDR_HAS_CPU	BIT(1)
#define MGW_LADDR_HAS_PORTS	BIT(2)

/**
 * struct mgw_laddr_spec - local addresses as the operator wrote them
 * @addr: the first, or the only one
 * @family: AF_INET or AF_INET6
 * @count: how many, one after the other; at most MGW_LADDR_RANGE_MAX
 * @has: MGW_LADDR_HAS_* of what is given; defaults pool "default", the CPU with
 *	the fewest, ports 1024 to 65535
 * @pool: name
 * @cpu: a possible CPU; used as soon as it is online
 * @port_min: at least 1
 * @port_max: at least @port_min
 */
struct mgw_laddr_spec {
	union nf_inet_addr addr;
	u8 family;
	u32 count;
	u32 has;
	const char *pool;
	u32 cpu;
	u32 port_min;
	u32 port_max;
};

/* Address number @i of a spec. */
static inline union nf_inet_addr
mgw_laddr_spec_addr(const struct mgw_laddr_spec *spec, u32 i)
{
	union nf_inet_addr addr = spec->addr;

	mgw_addr_add(&addr, i, spec->family);
	return addr;
}

/* The laddr whose port a session has. */
static inline struct mgw_laddr *mgw_laddr_of(const struct mgw_portmap *map)
{
	return container_of(map->maps, struct mgw_laddr, maps);
}

/* For whoever hands out its ports and takes them back; see mgw_assert_owner(). */
static inline void mgw_assert_laddr(const struct mgw_laddr *laddr)
{
	lockdep_assert(in_softirq() &&
		       READ_ONCE(laddr->cpu) == smp_processor_id());
}

/* A session gives its port back. Context: owner, BH disabled. */
void mgw_laddr_give_port(struct mgw_portmap *map, __be16 lport);

/*
 * Process context, mnet->config_lock held.
 *
 * alloc: one of the addresses of @spec, which has no owner yet, see mgw_pool_place();
 * NULL without memory. free: nobody can reach it any more.
 */
struct mgw_laddr *mgw_laddr_alloc(struct mgw_net *mnet,
				  const struct mgw_laddr_spec *spec,
				  const union nf_inet_addr *addr,
				  struct mgw_pool *pool);
void mgw_laddr_free(struct mgw_laddr *laddr);
struct mgw_laddr *mgw_laddr_find(struct mgw_net *mnet,
				 const union nf_inet_addr *addr, u8 family);
/* The laddr that has address number @i of @spec, or NULL. */
struct mgw_laddr *mgw_laddr_find_nth(struct mgw_net *mnet,
				     const struct mgw_laddr_spec *spec, u32 i);

#endif /* MGW_LADDR_H */
