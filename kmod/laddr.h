/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Local addresses: the source addresses towards the real servers. Each belongs
 * to one CPU, which alone hands out its ports.
 */
#ifndef MGW_LADDR_H
#define MGW_LADDR_H

#include <linux/netlink.h>

#include "addr.h"
#include "pool.h"

#define MGW_LADDR_MAP_BUCKETS	256
#define MGW_LADDR_PORT_MIN	1024
#define MGW_LADDR_PORT_MAX	65535

struct mgw_net;

/**
 * struct mgw_laddr - one local address
 *
 * Read by any CPU under RCU:
 * @addr: address
 * @family: of @addr
 * @port_min: first port to hand out
 * @port_max: last one
 * @cpu: who owns it now; changes only while mnet->moving
 * @draining: deleted; no new session
 *
 * Owner only:
 * @maps: struct mgw_portmap by rs address
 * @idle_maps: those without a used port, longest idle first
 * @idle_count: how many
 * @sessions: ports in use, all maps
 * @exhausted: first packets refused for want of a port
 * @exhausted_next: no event before that time (jiffies)
 *
 * Changed under mnet->config_lock:
 * @mnet: namespace
 * @pool: where it is chosen from
 * @home_cpu: where it belongs and returns to when that CPU is online
 * @home_given: the operator chose @home_cpu
 * @list: link of mnet->laddr_list
 * @next_cpu: its owner after the move that is being made, see rehome.c
 * @drained: grace period after which nobody can acquire a port any more
 */
struct mgw_laddr {
	union nf_inet_addr addr;
	u8 family;
	u16 port_min;
	u16 port_max;
	unsigned int cpu;
	bool draining;

	struct hlist_head maps[MGW_LADDR_MAP_BUCKETS];
	struct list_head idle_maps;
	u32 idle_count;
	u32 sessions;
	u64 exhausted;
	unsigned long exhausted_next;

	struct mgw_net *mnet;
	struct mgw_pool *pool;
	unsigned int home_cpu;
	bool home_given;
	struct list_head list;
	unsigned int next_cpu;
	unsigned long drained;
};

#define MGW_LADDR_HAS_POOL	BIT(0)
#define MGW_LADDR_HAS_CPU	BIT(1)
#define MGW_LADDR_HAS_PORTS	BIT(2)

/**
 * struct mgw_laddr_spec - a local address as the operator wrote it
 * @addr: the key
 * @family: AF_INET or AF_INET6
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
	u32 has;
	const char *pool;
	u32 cpu;
	u32 port_min;
	u32 port_max;
};

/*
 * Config side: process context, mnet->config_lock held. add revives a deleted
 * laddr whose sessions still go on. del: no new sessions, running ones go on
 * until they end. Refusals leave a sentence in extack.
 */
struct mgw_laddr *mgw_laddr_find(struct mgw_net *mnet,
				 const union nf_inet_addr *addr, u8 family);
int mgw_laddr_add(struct mgw_net *mnet, const struct mgw_laddr_spec *spec,
		  struct netlink_ext_ack *extack);
int mgw_laddr_del(struct mgw_laddr *laddr, struct netlink_ext_ack *extack);

/* Where a laddr should live if CPU @without (or nr_cpu_ids) was offline. */
unsigned int mgw_laddr_wanted_cpu(const struct mgw_laddr *laddr,
				  unsigned int without);

/* exit: all are deleted; the reaper frees them when their sessions are gone. */
void mgw_laddrs_init(struct mgw_net *mnet);
void mgw_laddrs_exit(struct mgw_net *mnet);

#endif /* MGW_LADDR_H */
