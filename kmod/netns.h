/* SPDX-License-Identifier: GPL-2.0 */
/* Life of the roots: made with a namespace, started while it is used. */
#ifndef MGW_NETNS_H
#define MGW_NETNS_H

struct mgw_net;
struct net;
struct netlink_ext_ack;

struct mgw_net *mgw_net(const struct net *net);

/**
 * mgw_net_permit() - may this namespace be configured?
 * @mnet: namespace
 * @extack: gets a sentence when it may not
 *
 * Return: 0 or -EPERM.
 */
int mgw_net_permit(const struct mgw_net *mnet, struct netlink_ext_ack *extack);

/**
 * mgw_net_get() - make what packets need, and keep it
 * @mnet: namespace
 * @extack: gets a sentence when it fails
 *
 * Context: process, without mnet->config_lock and RTNL: called before a service
 * or laddr is added, or a device attached. When it is 0, mgw_net_put() has to
 * follow.
 */
int mgw_net_get(struct mgw_net *mnet, struct netlink_ext_ack *extack);

/**
 * mgw_net_put() - it was added, or refused
 * @mnet: namespace
 *
 * Context: as mgw_net_get(). Stops the packet path if there is nothing that
 * needs it.
 */
void mgw_net_put(struct mgw_net *mnet);

int mgw_netns_init(void);
void mgw_netns_exit(void);

#endif /* MGW_NETNS_H */
