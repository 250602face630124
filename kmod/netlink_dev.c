// SPDX-License-Identifier: GPL-2.0
/*
 * Attached devices over netlink. Process context; requests are checked without
 * a lock, carried out under RTNL, as is the dump. mnet->config_lock is never
 * taken here.
 */
#include "netlink_dev.h"

#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include "dev.h"
#include "mnet.h"
#include "netlink_attr.h"
#include "netlink_msg.h"
#include "netns.h"

const struct nla_policy mgw_nl_dev_policy[__MGW_A_DEV_MAX] = {
	[MGW_A_DEV_NAME] = { .type = NLA_NUL_STRING,
			     .len = MGW_DEV_NAME_MAX - 1 },
};

/* The name lives as long as the request. */
static int parse_name(struct genl_info *info, const char **name)
{
	struct netlink_ext_ack *extack = info->extack;
	struct nlattr *tb[__MGW_A_DEV_MAX];
	int err;

	BUILD_BUG_ON(MGW_DEV_NAME_MAX != IFNAMSIZ);
	err = mgw_nl_check_request(info->nlhdr, extack);
	if (err)
		return err;
	if (!info->attrs[MGW_A_DEV]) {
		NL_SET_ERR_MSG(extack, "request names no device");
		return -EINVAL;
	}
	err = mgw_nl_parse_nest(tb, MGW_A_DEV_MAX, info->attrs[MGW_A_DEV],
				mgw_nl_dev_policy, extack);
	if (err)
		return err;
	if (!tb[MGW_A_DEV_NAME]) {
		NL_SET_ERR_MSG(extack, "device has no name");
		return -EINVAL;
	}
	*name = nla_data(tb[MGW_A_DEV_NAME]);
	return 0;
}

int mgw_nl_dev_fill(struct sk_buff *skb, const struct mgw_dev *mdev)
{
	struct nlattr *nest = nla_nest_start(skb, MGW_A_DEV);

	if (!nest ||
	    nla_put_string(skb, MGW_A_DEV_NAME, mdev->name) ||
	    nla_put_u32(skb, MGW_A_DEV_IFINDEX, mdev->dev->ifindex))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static void event(struct mgw_net *mnet, u8 cmd, const struct mgw_dev *mdev)
{
	struct sk_buff *skb;
	void *hdr;

	skb = mgw_nl_event_new(mnet, cmd, &hdr, GFP_KERNEL);
	if (skb)
		mgw_nl_event_send(mnet, skb, hdr, mgw_nl_dev_fill(skb, mdev),
				  GFP_KERNEL);
}

/* What is refused for what it says does not start the packet path. */
static int check_attach(struct mgw_net *mnet, const char *name,
			struct netlink_ext_ack *extack)
{
	int err;

	rtnl_lock();
	err = mgw_dev_check_attach(mnet, name, extack);
	rtnl_unlock();
	return err;
}

int mgw_nl_dev_attach_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mgw_net *mnet = mgw_nl_net(info);
	struct mgw_dev *mdev;
	const char *name;
	int err;

	err = parse_name(info, &name);
	if (err)
		return err;
	err = mgw_net_permit(mnet, info->extack) ?:
	      check_attach(mnet, name, info->extack) ?:
	      mgw_net_get(mnet, info->extack);
	if (err)
		return err;
	rtnl_lock();
	mdev = mgw_dev_attach(mnet, name, info->extack);
	if (!IS_ERR(mdev))
		event(mnet, MGW_CMD_DEV_ATTACH, mdev);
	rtnl_unlock();
	mgw_net_put(mnet);
	return PTR_ERR_OR_ZERO(mdev);
}

int mgw_nl_dev_detach_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mgw_net *mnet = mgw_nl_net(info);
	struct mgw_dev *mdev;
	const char *name;
	int err;

	err = parse_name(info, &name);
	if (err)
		return err;
	rtnl_lock();
	mdev = mgw_dev_find(mnet, name, info->extack);
	err = PTR_ERR_OR_ZERO(mdev);
	if (!err) {
		/* Told first, with its name; who asks now waits for us. */
		event(mnet, MGW_CMD_DEV_DETACH, mdev);
		mgw_dev_detach(mdev);
	}
	rtnl_unlock();
	return err;
}

int mgw_nl_dev_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mgw_net *mnet = mgw_nl_net(info);
	struct mgw_dev *mdev;
	struct sk_buff *reply;
	const char *name;
	void *hdr;
	int err;

	err = parse_name(info, &name);
	if (err)
		return err;
	reply = mgw_nl_reply_new(info, &hdr);
	if (!reply)
		return -ENOMEM;
	rtnl_lock();
	mdev = mgw_dev_find(mnet, name, info->extack);
	err = IS_ERR(mdev) ? PTR_ERR(mdev) : mgw_nl_dev_fill(reply, mdev);
	rtnl_unlock();
	return mgw_nl_reply_send(reply, hdr, info, err);
}

int mgw_nl_dev_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct mgw_net *mnet = mgw_nl_dump_net(cb);
	struct mgw_dev *mdev;
	long index = 0;
	void *hdr;
	int err;

	/* Here, as kernel 6.1 gives a start no extack. */
	err = mgw_nl_dump_check(cb, MGW_A_DEV);
	if (err)
		return err;
	rtnl_lock();
	cb->seq = mnet->dev_generation;
	list_for_each_entry(mdev, &mnet->devs, list) {
		if (index++ < cb->args[0])
			continue;
		hdr = mgw_nl_dump_put(skb, cb, MGW_CMD_DEV_GET);
		if (!hdr)
			break;
		if (mgw_nl_dev_fill(skb, mdev)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
		cb->args[0] = index;
	}
	rtnl_unlock();
	return skb->len;
}
