// SPDX-License-Identifier: GPL-2.0
/*
 * Messages of the family: replies, parts of dumps, events. Process context, but
 * for events, which say their own.
 */
#include "netlink_msg.h"

#include <linux/module.h>

#include "mnet.h"
#include "netlink_attr.h"
#include "netns.h"

static const struct genl_multicast_group groups[] = {
	{ .name = MGW_GENL_MCGRP_EVENTS, MGW_NL_GROUP_ADMIN },
};

/* Its operations are filled in by netlink.c before it is registered. */
struct genl_family mgw_genl_family __ro_after_init = {
	.name = MGW_GENL_NAME,
	.version = MGW_GENL_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

struct mgw_net *mgw_nl_net(struct genl_info *info)
{
	return mgw_net(genl_info_net(info));
}

struct mgw_net *mgw_nl_dump_net(const struct netlink_callback *cb)
{
	return mgw_net(sock_net(cb->skb->sk));
}

int mgw_nl_dump_check(struct netlink_callback *cb, int key)
{
	struct nlattr **attrs = mgw_nl_dump_attrs(genl_dumpit_info(cb));

	if (attrs[key]) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[key],
				    "a dump shows all and takes no key");
		return -EINVAL;
	}
	return mgw_nl_check_request(cb->nlh, cb->extack);
}

void *mgw_nl_dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &mgw_genl_family, NLM_F_MULTI, cmd);
	if (hdr)
		genl_dump_check_consistent(cb, hdr);
	return hdr;
}

struct sk_buff *mgw_nl_reply_new(struct genl_info *info, void **hdr)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put_reply(skb, info, &mgw_genl_family, 0,
				 info->genlhdr->cmd);
	if (!*hdr) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

int mgw_nl_reply_send(struct sk_buff *skb, void *hdr, struct genl_info *info,
		      int err)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

/* As the core does for one that reads too slowly: ENOBUFS at its next receive. */
static void event_lost(const struct mgw_net *mnet)
{
	genl_set_err(&mgw_genl_family, mnet->net, 0, 0, -ENOBUFS);
}

struct sk_buff *mgw_nl_event_new(const struct mgw_net *mnet, u8 cmd, void **hdr,
				 gfp_t gfp)
{
	struct sk_buff *skb;

	if (!genl_has_listeners(&mgw_genl_family, mnet->net, 0))
		return NULL;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, gfp);
	if (!skb)
		goto err_lost;
	*hdr = genlmsg_put(skb, 0, 0, &mgw_genl_family, 0, cmd);
	if (!*hdr)
		goto err_free;
	return skb;

err_free:
	nlmsg_free(skb);
err_lost:
	event_lost(mnet);
	return NULL;
}

void *mgw_nl_event_more(struct sk_buff *skb, u8 cmd, void *last)
{
	genlmsg_end(skb, last);
	return genlmsg_put(skb, 0, 0, &mgw_genl_family, 0, cmd);
}

void mgw_nl_event_send(const struct mgw_net *mnet, struct sk_buff *skb,
		       void *hdr, int err, gfp_t gfp)
{
	if (err) {
		nlmsg_free(skb);
		event_lost(mnet);
		return;
	}
	genlmsg_end(skb, hdr);
	/* Who it has no copy for is told by the core. */
	genlmsg_multicast_netns(&mgw_genl_family, mnet->net, skb, 0, 0, gfp);
}
