/* SPDX-License-Identifier: GPL-2.0 */
/* Local addresses as the operator adds and deletes them. */
#ifndef MGW_LADDR_CONFIG_H
#define MGW_LADDR_CONFIG_H

#include <linux/netlink.h>

struct mgw_laddr;
struct mgw_laddr_spec;
struct mgw_net;

/*
 * Whether the ports of @spec are those that the host's own connections have. Its
 * refusal is as those below; process context, and nothing has to be started.
 */
int mgw_laddr_config_check_ports(const struct mgw_net *mnet,
				 const struct mgw_laddr_spec *spec,
				 struct netlink_ext_ack *extack);

/*
 * All addresses of @spec, or none. Process context, mnet->config_lock held.
 * Refusals leave a sentence in extack, in its cookie a u32 that says which of
 * them it is about, the first is 0, and all as it was. add: revives deleted
 * laddrs whose sessions still go on. del: no new sessions; running ones go on until they end.
 */
int mgw_laddr_config_add(struct mgw_net *mnet,
			 const struct mgw_laddr_spec *spec,
			 struct netlink_ext_ack *extack);
int mgw_laddr_config_del(struct mgw_net *mnet,
			 const struct mgw_laddr_spec *spec,
			 struct netlink_ext_ack *extack);

/* What they count starts at 0 again; mnet->config_lock held. */
void mgw_laddr_config_zero(struct mgw_net *mnet);

/* exit: all are deleted; they are freed when their sessions are gone. */
void mgw_laddr_config_init(struct mgw_net *mnet);
void mgw_laddr_config_exit(struct mgw_net *mnet);

#endif /* MGW_LADDR_CONFIG_H */
