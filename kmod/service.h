/* SPDX-License-Identifier: GPL-2.0 */
/* Virtual services: what clients connect to. */
#ifndef MGW_SERVICE_H
#define MGW_SERVICE_H

#include <linux/netlink.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/workqueue.h>
#include <uapi/linux/mgw.h>

#include "addr.h"
#include "traffic.h"

struct mgw_net;
struct mgw_pool;
struct mgw_sched;
struct mgw_sched_state;

/*
 * All bytes are hashed and compared: zero the padding. A service by firewall
 * mark has proto and vport 0, and the mark in place of vaddr, so that the key
 * of all others is not longer for it.
 */
struct mgw_service_key {
	union {
		union nf_inet_addr vaddr;
		u32 fwmark;
	};
	__be16 vport;
	u8 proto;
	u8 family;
};

static inline bool mgw_service_key_is_mark(const struct mgw_service_key *key)
{
	return !key->proto;
}

/**
 * struct mgw_service - one virtual service
 *
 * Read by the packet path under RCU:
 * @node: link of mnet->services
 * @key: proto, vaddr, vport; or fwmark
 * @state: what the scheduler chooses from; replaced, never edited
 * @pool: whence the local addresses of new sessions come
 * @timeouts: idle time by session state, jiffies
 * @timestamps: enum mgw_timestamps
 * @toa: enum mgw_toa
 * @toa_kind: number of the TCP option
 * @mode: mode of rs that name none
 * @cursors: scheduler's position on each CPU
 *
 * Changed under mnet->config_lock:
 * @mnet: namespace
 * @sched: the scheduler; packets find it in @state
 * @list: link of mnet->service_list
 * @rs_list: every rs, also deleted ones whose sessions go on
 * @rs_count: rs that are not deleted
 * @retired: traffic of rs that are gone
 * @zeroed: traffic at the last zeroing
 * @refs: one while configured, one for each rs
 * @free_work: ends it when @refs is zero
 * @rcu: frees it
 */
struct mgw_service {
	struct rhash_head node;
	struct mgw_service_key key;
	struct mgw_sched_state __rcu *state;
	struct mgw_pool __rcu *pool;
	u32 timeouts[__MGW_SESSION_STATE_MAX];
	u8 timestamps;
	u8 toa;
	u8 toa_kind;
	u8 mode;
	u32 __percpu *cursors;

	struct mgw_net *mnet;
	const struct mgw_sched *sched;
	struct list_head list;
	struct list_head rs_list;
	u32 rs_count;
	struct mgw_traffic_sum retired;
	struct mgw_traffic_sum zeroed;
	refcount_t refs;
	struct work_struct free_work;
	struct rcu_head rcu;
};

/* Which members of a struct mgw_service_spec the caller gave. */
#define MGW_SERVICE_HAS_SCHED		BIT(0)
#define MGW_SERVICE_HAS_MODE		BIT(1)
#define MGW_SERVICE_HAS_POOL		BIT(2)
#define MGW_SERVICE_HAS_TIMESTAMPS	BIT(3)
#define MGW_SERVICE_HAS_TOA		BIT(4)
#define MGW_SERVICE_HAS_TOA_KIND	BIT(5)

/**
 * struct mgw_service_spec - a service as the operator wrote it
 * @key: which one
 * @has: MGW_SERVICE_HAS_* of what else is given; the rest keeps its value, or
 *	takes its default (wlc, fullnat, "default", strip, off, 254) in a new one
 * @sched: name
 * @pool: name
 * @mode: enum mgw_mode
 * @timestamps: enum mgw_timestamps
 * @toa: enum mgw_toa
 * @toa_kind: number of the TCP option
 * @timeouts: seconds by session state, 0 = not given
 */
struct mgw_service_spec {
	struct mgw_service_key key;
	u32 has;
	const char *sched;
	const char *pool;
	u32 mode;
	u32 timestamps;
	u32 toa;
	u32 toa_kind;
	u32 timeouts[__MGW_SESSION_STATE_MAX];
};

/**
 * mgw_service_lookup() - the service a packet is for
 * @mnet: namespace
 * @key: with the packet's port; tried with port 0 when that one is unknown
 *
 * Context: RCU read side.
 * Return: the service, without a reference, or NULL.
 */
struct mgw_service *mgw_service_lookup(struct mgw_net *mnet,
				       struct mgw_service_key *key);

/* The service of a mark; RCU read side, no reference. */
struct mgw_service *mgw_service_lookup_mark(struct mgw_net *mnet, u32 mark,
					    u8 family);

/*
 * Config side: process context, mnet->config_lock held. Refusals leave a
 * sentence in extack and all as it was. find wants the exact key and says
 * nothing when there is none.
 */
struct mgw_service *mgw_service_find(struct mgw_net *mnet,
				     const struct mgw_service_key *key);
int mgw_service_add(struct mgw_net *mnet, const struct mgw_service_spec *spec,
		    struct netlink_ext_ack *extack);
/* Whether add would refuse it for what it says. */
int mgw_service_check_add(struct mgw_net *mnet,
			  const struct mgw_service_spec *spec,
			  struct netlink_ext_ack *extack);
int mgw_service_set(struct mgw_net *mnet, const struct mgw_service_spec *spec,
		    struct netlink_ext_ack *extack);
int mgw_service_del(struct mgw_service *svc);

/* The pool, for who holds mnet->config_lock. */
struct mgw_pool *mgw_service_pool(const struct mgw_service *svc);

/* Traffic of all its rs, past ones too, since the last zeroing. */
void mgw_service_traffic(const struct mgw_service *svc,
			 struct mgw_traffic_sum *sum);
/* Of all services. */
void mgw_services_zero(struct mgw_net *mnet);

/* A new choice for the scheduler, after any change of the rs. */
int mgw_service_publish(struct mgw_service *svc);
/* The work in which an rs ends: a grace period after its last reference. */
void mgw_service_rs_gone(struct work_struct *work);

int mgw_services_init(struct mgw_net *mnet);
void mgw_services_exit(struct mgw_net *mnet);

#endif /* MGW_SERVICE_H */
