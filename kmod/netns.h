/* SPDX-License-Identifier: GPL-2.0 */
/* Life of the roots: made with a namespace, started when it is used. */
#ifndef MGW_NETNS_H
#define MGW_NETNS_H

struct mgw_net;
struct net;
struct netlink_ext_ack;

struct mgw_net *mgw_net(const struct net *net);

/**
 * mgw_net_start() - make what packets need, once
 * @mnet: namespace
 * @extack: gets a sentence when it fails
 *
 * Context: process, without mnet->config_lock and RTNL: called before a service
 * or laddr is added, or a device attached. Does nothing when it was done.
 */
int mgw_net_start(struct mgw_net *mnet, struct netlink_ext_ack *extack);

int mgw_netns_init(void);
void mgw_netns_exit(void);

#endif /* MGW_NETNS_H */
