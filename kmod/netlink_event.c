// SPDX-License-Identifier: GPL-2.0
/*
 * What objects and packet steps report, told to user space. Softirq, and
 * process context with RTNL held for what happens to devices.
 */
#include "netlink_event.h"

#include "dev.h"
#include "laddr.h"
#include "netlink_attr.h"
#include "netlink_dev.h"
#include "netlink_laddr.h"
#include "netlink_msg.h"
#include "netlink_rs.h"
#include "notify.h"
#include "rs.h"
#include "service.h"

static int fill_exhausted(struct sk_buff *skb, const struct mgw_laddr *laddr,
			  const struct mgw_rs *rs)
{
	struct nlattr *nest;

	nest = nla_nest_start(skb, MGW_A_SERVICE);
	if (!nest || mgw_nl_put_service_key(skb, &rs->svc->key))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	nest = nla_nest_start(skb, MGW_A_RS);
	if (!nest || mgw_nl_rs_fill_key(skb, rs))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return mgw_nl_laddr_fill(skb, laddr);
}

#define EVENT_GFP (GFP_ATOMIC | __GFP_NOWARN)

static void laddr_exhausted(const struct mgw_notify_exhausted *exhausted)
{
	struct mgw_net *mnet = exhausted->laddr->mnet;
	struct sk_buff *skb;
	void *hdr;

	skb = mgw_nl_event_new(mnet, MGW_CMD_LADDR_EXHAUSTED, &hdr, EVENT_GFP);
	if (skb)
		mgw_nl_event_send(mnet, skb, hdr,
				  fill_exhausted(skb, exhausted->laddr,
						 exhausted->rs), EVENT_GFP);
}

static void dev_changed(const struct mgw_dev *mdev, u8 cmd)
{
	struct mgw_net *mnet = mdev->mnet;
	struct sk_buff *skb;
	void *hdr;

	skb = mgw_nl_event_new(mnet, cmd, &hdr, EVENT_GFP);
	if (skb)
		mgw_nl_event_send(mnet, skb, hdr, mgw_nl_dev_fill(skb, mdev),
				  EVENT_GFP);
}

static int on_event(struct notifier_block *block, unsigned long event,
		    void *data)
{
	switch (event) {
	case MGW_NOTIFY_LADDR_EXHAUSTED:
		laddr_exhausted(data);
		return NOTIFY_OK;
	case MGW_NOTIFY_DEV_GONE:
		dev_changed(data, MGW_CMD_DEV_DETACH);
		return NOTIFY_OK;
	case MGW_NOTIFY_DEV_BACK:
		dev_changed(data, MGW_CMD_DEV_ATTACH);
		return NOTIFY_OK;
	default:
		return NOTIFY_DONE;
	}
}

static struct notifier_block listener = { .notifier_call = on_event };

int mgw_nl_events_init(void)
{
	return mgw_notify_register(&listener);
}

void mgw_nl_events_exit(void)
{
	mgw_notify_unregister(&listener);
}
