/* SPDX-License-Identifier: GPL-2.0 */
/* Events that are no echo of a request. */
#ifndef MGW_NETLINK_EVENT_H
#define MGW_NETLINK_EVENT_H

int mgw_nl_events_init(void);
void mgw_nl_events_exit(void);

#endif /* MGW_NETLINK_EVENT_H */
