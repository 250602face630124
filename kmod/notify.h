/* SPDX-License-Identifier: GPL-2.0 */
/* Events that objects and packet steps report to whoever listens above. */
#ifndef MGW_NOTIFY_H
#define MGW_NOTIFY_H

#include <linux/notifier.h>

struct mgw_dev;
struct mgw_laddr;
struct mgw_rs;

enum mgw_notify_event {
	/* data: struct mgw_notify_exhausted */
	MGW_NOTIFY_LADDR_EXHAUSTED,
	/* data: struct mgw_dev */
	MGW_NOTIFY_DEV_GONE,
	/* data: struct mgw_dev */
	MGW_NOTIFY_DEV_BACK,
};

struct mgw_notify_exhausted {
	const struct mgw_laddr *laddr;
	const struct mgw_rs *rs;
};

/**
 * mgw_notify_laddr_exhausted() - a first packet found no free port
 * @laddr: the last local address that was tried
 * @rs: the server it would have gone to
 *
 * Context: softirq, RCU read side. The caller limits the rate.
 */
void mgw_notify_laddr_exhausted(const struct mgw_laddr *laddr,
				const struct mgw_rs *rs);

/**
 * mgw_notify_dev_gone() - an attached device leaves the namespace, or its name
 * @mdev: what it was, with its name still
 *
 * Context: process, RTNL held.
 */
void mgw_notify_dev_gone(const struct mgw_dev *mdev);

/**
 * mgw_notify_dev_back() - an attached device has another name
 * @mdev: what it is, by its new name
 *
 * Context: process, RTNL held.
 */
void mgw_notify_dev_back(const struct mgw_dev *mdev);

/* Listeners are called in the context of the event. */
int mgw_notify_register(struct notifier_block *listener);
void mgw_notify_unregister(struct notifier_block *listener);

#endif /* MGW_NOTIFY_H */
