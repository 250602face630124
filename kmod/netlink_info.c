// SPDX-License-Identifier: GPL-2.0
/* What this module is: release and sizes. Process context. */
#include "netlink_info.h"

#include "netlink_msg.h"
#include "mnet.h"
#include "session.h"
#include "version.h"

static u32 director_slots(struct mgw_net *mnet)
{
	u32 slots = 0;

	down_read(&mnet->life);
	if (mnet->started)
		slots = (mnet->director.mask + 1) * MGW_DIRECTOR_BUCKET_SLOTS;
	up_read(&mnet->life);
	return slots;
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
