// SPDX-License-Identifier: GPL-2.0
/* What objects and packet steps report, told to user space. Softirq. */
#include "netlink_event.h"

#include "laddr.h"
#include "netlink_attr.h"
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

static int on_event(struct notifier_block *block, unsigned long event,
		    void *data)
{
	const struct mgw_notify_exhausted *exhausted = data;
	struct mgw_net *mnet = exhausted->laddr->mnet;
	gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN;
	struct sk_buff *skb;
	void *hdr;

	if (event != MGW_NOTIFY_LADDR_EXHAUSTED)
		return NOTIFY_DONE;
	skb = mgw_nl_event_new(mnet, MGW_CMD_LADDR_EXHAUSTED, &hdr, gfp);
	if (skb)
		mgw_nl_event_send(mnet, skb, hdr,
				  fill_exhausted(skb, exhausted->laddr,
						 exhausted->rs), gfp);
	return NOTIFY_OK;
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
