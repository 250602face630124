/* SPDX-License-Identifier: GPL-2.0 */
/* Real servers of a service. */
#ifndef MGW_RS_H
#define MGW_RS_H

#include <linux/list.h>
#include <linux/percpu-refcount.h>
#include <linux/workqueue.h>
#include <uapi/linux/mgw.h>

#include "addr.h"
#include "traffic.h"

struct mgw_net;
struct mgw_service;

/**
 * struct mgw_tunnel_config - what is around a packet; each value is read alone
 * @type: enum mgw_tunnel
 * @checksum: GUE and GRE have one
 * @port: of GUE
 */
struct mgw_tunnel_config {
	u8 type;
	bool checksum;
	__be16 port;
};

/**
 * struct mgw_rs - one real server of one service
 *
 * Read by the packet path under RCU, or by a session that holds @ref:
 * @svc: its service, which lives as long
 * @raddr: address
 * @rport: port; 0 = the one the client asked for
 * @family: of @raddr
 * @mode: enum mgw_mode
 * @tunnel: what is around its packets in mode tunnel
 * @weight: 0 = no new session
 * @traffic: written by the owner CPU of each session
 *
 * Changed under mnet->config_lock:
 * @list: link of svc->rs_list
 * @watched: it was in mode nat or tunnel once: mnet->watch counts it, and its
 *	address is among mnet->sources
 * @deleted: gone from the configuration; its sessions go on until they end
 * @zeroed: traffic at the last zeroing
 * @ref: one while configured, one for each session
 * @free_work: frees it after the last session
 */
struct mgw_rs {
	struct mgw_service *svc;
	union nf_inet_addr raddr;
	__be16 rport;
	u8 family;
	u8 mode;
	struct mgw_tunnel_config tunnel;
	u32 weight;
	struct mgw_traffic __percpu *traffic;

	struct list_head list;
	bool watched;
	bool deleted;
	struct mgw_traffic_sum zeroed;
	struct percpu_ref ref;
	struct rcu_work free_work;
};

#define MGW_RS_HAS_WEIGHT	BIT(0)
#define MGW_RS_HAS_MODE		BIT(1)
#define MGW_RS_HAS_TUNNEL	BIT(2)
#define MGW_RS_HAS_PORT		BIT(3)
#define MGW_RS_HAS_CHECKSUM	BIT(4)

/**
 * struct mgw_rs_spec - an rs as the operator wrote it
 * @raddr: with @family and @rport the key
 * @rport: 0 only in a service of every port
 * @family: AF_INET or AF_INET6, may differ from the service's
 * @has: MGW_RS_HAS_* of what is given; defaults weight 1, the service's mode,
 *	tunnel ipip, port 6080, checksum for GUE over IPv6
 * @weight: 0 to MGW_WEIGHT_MAX
 * @mode: enum mgw_mode
 * @tunnel: see struct mgw_tunnel_config
 */
struct mgw_rs_spec {
	union nf_inet_addr raddr;
	__be16 rport;
	u8 family;
	u32 has;
	u32 weight;
	u32 mode;
	struct mgw_tunnel_config tunnel;
};

/*
 * Config side: process context, the namespace's config_lock held.
 *
 * alloc: @gone is the work in which it ends, an rcu_work of mgw_wq queued after
 * the last reference; it calls mgw_rs_free(). NULL without memory.
 * retire: it is out of every scheduler's sight; drops the first reference.
 * find: ignores deleted ones.
 */
struct mgw_rs *mgw_rs_alloc(struct mgw_service *svc,
			    const struct mgw_rs_spec *spec, u8 default_mode,
			    work_func_t gone);
void mgw_rs_free(struct mgw_rs *rs);
void mgw_rs_retire(struct mgw_rs *rs);
struct mgw_rs *mgw_rs_find(const struct list_head *rs_list,
			   const struct mgw_rs_spec *spec);

/* What the spec names. */
void mgw_rs_set_tunnel(struct mgw_rs *rs, const struct mgw_rs_spec *spec);

/*
 * watch: before the first session of a mode, the hooks look for its packets;
 * stays until unwatch, as sessions of an earlier mode go on. -ENOMEM.
 * unwatch: the last session has ended.
 */
int mgw_rs_watch(struct mgw_rs *rs, struct mgw_net *mnet, u8 mode);
void mgw_rs_unwatch(struct mgw_rs *rs, struct mgw_net *mnet);

/* Since the last zeroing; live is always true to the moment. */
void mgw_rs_traffic(const struct mgw_rs *rs, struct mgw_traffic_sum *sum);
void mgw_rs_zero(struct mgw_rs *rs);

#endif /* MGW_RS_H */
