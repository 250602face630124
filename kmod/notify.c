// SPDX-License-Identifier: GPL-2.0
/* The chain of those who want to know. Any context; readers under RCU. */
#include "notify.h"

static ATOMIC_NOTIFIER_HEAD(listeners);

void mgw_notify_laddr_exhausted(const struct mgw_laddr *laddr,
				const struct mgw_rs *rs)
{
	struct mgw_notify_exhausted data = { .laddr = laddr, .rs = rs };

	atomic_notifier_call_chain(&listeners, MGW_NOTIFY_LADDR_EXHAUSTED,
				   &data);
}

void mgw_notify_dev_gone(const struct mgw_dev *mdev)
{
	atomic_notifier_call_chain(&listeners, MGW_NOTIFY_DEV_GONE,
				   (void *)mdev);
}

void mgw_notify_dev_back(const struct mgw_dev *mdev)
{
	atomic_notifier_call_chain(&listeners, MGW_NOTIFY_DEV_BACK,
				   (void *)mdev);
}

int mgw_notify_register(struct notifier_block *listener)
{
	return atomic_notifier_chain_register(&listeners, listener);
}

void mgw_notify_unregister(struct notifier_block *listener)
{
	atomic_notifier_chain_unregister(&listeners, listener);
}
