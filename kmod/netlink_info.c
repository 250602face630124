// SPDX-License-Identifier: GPL-2.0
/* What this module is: release and sizes. Process context, no lock. */
#include "netlink_info.h"

#include "netlink_msg.h"
#include "mnet.h"
#include "session.h"
#include "version.h"

static u32 director_slots(const struct mgw_net *mnet)
{
	/* Pairs with the release in start(): the director is there. */
	if (!smp_load_acquire(&mnet->started))
		return 0;
	return (mnet->director.mask + 1) * MGW_DIRECTOR_BUCKET_SLOTS;
}

int mgw_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mgw_net *mnet = mgw_nl_net(info);
	struct sk_buff *reply;
	struct nlattr *nest;
	int err = -EMSGSIZE;
	void *hdr;

	reply = mgw_nl_reply_new(info, &hdr);
	if (!reply)
		return -ENOMEM;
	nest = nla_nest_start(reply, MGW_A_INFO);
	if (nest &&
	    !nla_put_string(reply, MGW_A_INFO_VERSION, MGW_VERSION) &&
	    !nla_put_u32(reply, MGW_A_INFO_SESSION_SIZE,
			 sizeof(struct mgw_session)) &&
	    !nla_put_u32(reply, MGW_A_INFO_DIRECTOR_SLOTS,
			 director_slots(mnet)) &&
	    !nla_put_u64_64bit(reply, MGW_A_INFO_SESSION_LIMIT,
			       mnet->session_limit, MGW_A_INFO_PAD)) {
		nla_nest_end(reply, nest);
		err = 0;
	}
	return mgw_nl_reply_send(reply, hdr, info, err);
}
