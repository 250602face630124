/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family. */
#ifndef MGW_NETLINK_H
#define MGW_NETLINK_H

int mgw_netlink_init(void);
void mgw_netlink_exit(void);

#endif /* MGW_NETLINK_H */
