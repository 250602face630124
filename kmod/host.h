/* SPDX-License-Identifier: GPL-2.0 */
/* What the host itself has and does: its addresses, its sockets, IPVS. */
#ifndef MGW_HOST_H
#define MGW_HOST_H

#include <linux/types.h>
#include <net/net_namespace.h>

#include "addr.h"

struct mgw_tuple;
struct net_device;

/**
 * mgw_host_has() - whether a flow is one of the host's own
 * @net: namespace
 * @tuple: of what comes in
 * @dev: by which it comes in; NULL: sockets that are bound to a device are not seen
 *
 * Context: RCU read side, BH disabled.
 * Return: true for a connection of TCP, also a half-open one or one in TIME_WAIT,
 * and for UDP when a socket would get it.
 */
bool mgw_host_has(struct net *net, const struct mgw_tuple *tuple,
		  const struct net_device *dev);

/* Whether it has that address now. Context: RCU read side, or process. */
bool mgw_host_has_addr(struct net *net, const union nf_inet_addr *addr,
		       u8 family);

/* Whether IPVS is there, which tells nobody what connections it has. */
static inline bool mgw_host_has_ipvs(const struct net *net)
{
#if IS_ENABLED(CONFIG_IP_VS)
	return READ_ONCE(net->ipvs);
#else
	return false;
#endif
}

#endif /* MGW_HOST_H */
