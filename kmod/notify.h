/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events for user space. The one way up from objects and packet steps to the
 * netlink surface.
 */
#ifndef MGW_NOTIFY_H
#define MGW_NOTIFY_H

#include <linux/types.h>

struct mgw_laddr;
struct mgw_rs;

/**
 * mgw_notify_laddr_exhausted() - a first packet found no free port
 * @laddr: the last local address that was tried
 * @rs: the server it would have gone to
 *
 * Context: softirq, RCU read side. The caller limits the rate.
 */
void mgw_notify_laddr_exhausted(const struct mgw_laddr *laddr,
				const struct mgw_rs *rs);

#endif /* MGW_NOTIFY_H */
