/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which destination addresses concern MGW: one lookup tells traffic that is
 * not ours apart.
 */
#ifndef MGW_INTEREST_H
#define MGW_INTEREST_H

#include <linux/rhashtable-types.h>

#include "addr.h"

struct mgw_laddr;
struct mgw_net;

struct mgw_interest_key {
	union nf_inet_addr addr;
	u32 family;
};

/**
 * struct mgw_interest - why an address concerns us
 * @node: link of mnet->interest
 * @key: the address
 * @laddr: when it is a local address
 * @services: services that have it as vaddr; under mnet->config_lock
 * @rcu: frees it
 */
struct mgw_interest {
	struct rhash_head node;
	struct mgw_interest_key key;
	struct mgw_laddr __rcu *laddr;
	u32 services;
	struct rcu_head rcu;
};

/* Context: RCU read side. */
struct mgw_interest *mgw_interest_lookup(struct mgw_net *mnet, u8 family,
					 const void *addr);

/*
 * Config side, mnet->config_lock held. An address is either a vaddr or a
 * laddr: -EADDRINUSE when it already is the other.
 */
int mgw_interest_add_vaddr(struct mgw_net *mnet,
			   const union nf_inet_addr *addr, u8 family);
void mgw_interest_del_vaddr(struct mgw_net *mnet,
			    const union nf_inet_addr *addr, u8 family);
int mgw_interest_add_laddr(struct mgw_net *mnet,
			   const union nf_inet_addr *addr, u8 family,
			   struct mgw_laddr *laddr);
void mgw_interest_del_laddr(struct mgw_net *mnet,
			    const union nf_inet_addr *addr, u8 family);

int mgw_interest_init(struct mgw_net *mnet);
void mgw_interest_exit(struct mgw_net *mnet);

#endif /* MGW_INTEREST_H */
