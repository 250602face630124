// SPDX-License-Identifier: GPL-2.0
/*
 * Local addresses over netlink. Process context; requests are checked without
 * a lock, carried out under mnet->config_lock. What only the owner CPU writes
 * is read as it is at that moment.
 */
#include "netlink_laddr.h"

#include <linux/cpumask.h>

#include "laddr.h"
#include "laddr_config.h"
#include "netlink_msg.h"
#include "netlink_attr.h"
#include "mnet.h"
#include "netns.h"
#include "pool.h"

const struct nla_policy mgw_nl_laddr_policy[__MGW_A_LADDR_MAX] = {
	[MGW_A_LADDR_ADDR] = MGW_NLA_ADDR,
	[MGW_A_LADDR_POOL] = { .type = NLA_NUL_STRING,
			       .len = MGW_POOL_NAME_MAX - 1 },
	[MGW_A_LADDR_HOME_CPU] = { .type = NLA_U32 },
	[MGW_A_LADDR_PORT_MIN] = { .type = NLA_U32 },
	[MGW_A_LADDR_PORT_MAX] = { .type = NLA_U32 },
	[MGW_A_LADDR_LAST] = MGW_NLA_ADDR,
};

const struct nla_policy mgw_nl_laddr_range_policy[__MGW_A_LADDR_MAX] = {
	[MGW_A_LADDR_ADDR] = MGW_NLA_ADDR,
	[MGW_A_LADDR_LAST] = MGW_NLA_ADDR,
};

const struct nla_policy mgw_nl_laddr_key_policy[__MGW_A_LADDR_MAX] = {
	[MGW_A_LADDR_ADDR] = MGW_NLA_ADDR,
};

static int parse_ports(struct nlattr *const *tb, struct mgw_laddr_spec *spec,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *min = tb[MGW_A_LADDR_PORT_MIN];
	const struct nlattr *max = tb[MGW_A_LADDR_PORT_MAX];

	if (!min && !max)
		return 0;
	spec->has |= MGW_LADDR_HAS_PORTS;
	spec->port_min = min ? nla_get_u32(min) : MGW_LADDR_PORT_MIN;
	spec->port_max = max ? nla_get_u32(max) : MGW_LADDR_PORT_MAX;
	if (!spec->port_min || spec->port_max > U16_MAX) {
		NL_SET_ERR_MSG(extack, "ports are not within 1 to 65535");
		return -ERANGE;
	}
	if (spec->port_min > spec->port_max) {
		NL_SET_ERR_MSG(extack, "lowest port is above the highest");
		return -EINVAL;
	}
	return 0;
}

/*
 * What lies between two that name one host each does so, too: the addresses
 * that do not come in larger blocks than a range may have.
 */
static int parse_addrs(struct nlattr *const *tb, struct mgw_laddr_spec *spec,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[MGW_A_LADDR_LAST];
	union nf_inet_addr last;
	u8 family;
	u64 more;
	int err;

	err = mgw_nl_parse_addr(tb[MGW_A_LADDR_ADDR], &spec->addr,
				&spec->family, extack);
	if (err)
		return err;
	spec->count = 1;
	if (!attr)
		return 0;
	err = mgw_nl_parse_addr(attr, &last, &family, extack);
	if (err)
		return err;
	if (family != spec->family) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "range mixes IPv4 and IPv6");
		return -EINVAL;
	}
	if (mgw_addr_before(&last, &spec->addr, family)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "range ends before it starts");
		return -EINVAL;
	}
	more = mgw_addr_distance(&spec->addr, &last, family);
	if (more >= MGW_LADDR_RANGE_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "range has more than 4096 addresses");
		return -ERANGE;
	}
	spec->count += more;
	return 0;
}

static int parse_spec(struct genl_info *info, struct mgw_laddr_spec *spec)
{
	struct netlink_ext_ack *extack = info->extack;
	struct nlattr *tb[__MGW_A_LADDR_MAX];
	int err;

	memset(spec, 0, sizeof(*spec));
	err = mgw_nl_check_request(info->nlhdr, extack);
	if (err)
		return err;
	if (!info->attrs[MGW_A_LADDR]) {
		NL_SET_ERR_MSG(extack, "request names no local address");
		return -EINVAL;
	}
	err = mgw_nl_parse_nest(tb, MGW_A_LADDR_MAX, info->attrs[MGW_A_LADDR],
				mgw_nl_laddr_policy, extack);
	if (err)
		return err;
	if (!tb[MGW_A_LADDR_ADDR]) {
		NL_SET_ERR_MSG(extack, "local address has no address");
		return -EINVAL;
	}
	if (tb[MGW_A_LADDR_POOL]) {
		err = mgw_nl_check_pool_name(tb[MGW_A_LADDR_POOL], extack);
		if (err)
			return err;
		spec->has |= MGW_LADDR_HAS_POOL;
		spec->pool = nla_data(tb[MGW_A_LADDR_POOL]);
	}
	if (tb[MGW_A_LADDR_HOME_CPU]) {
		spec->has |= MGW_LADDR_HAS_CPU;
		spec->cpu = nla_get_u32(tb[MGW_A_LADDR_HOME_CPU]);
		if (spec->cpu >= nr_cpu_ids || !cpu_possible(spec->cpu)) {
			NL_SET_ERR_MSG_ATTR(extack, tb[MGW_A_LADDR_HOME_CPU],
					    "this machine has no such CPU");
			return -ENODEV;
		}
	}
	err = parse_ports(tb, spec, extack);
	if (err)
		return err;
	return parse_addrs(tb, spec, extack);
}

static struct mgw_laddr *find(struct mgw_net *mnet,
			      const struct mgw_laddr_spec *spec,
			      struct netlink_ext_ack *extack)
{
	struct mgw_laddr *laddr;

	laddr = mgw_laddr_find(mnet, &spec->addr, spec->family);
	if (!laddr)
		NL_SET_ERR_MSG(extack, "no such local address");
	return laddr;
}

int mgw_nl_laddr_fill(struct sk_buff *skb, const struct mgw_laddr *laddr)
{
	struct nlattr *nest = nla_nest_start(skb, MGW_A_LADDR);
	u32 sessions = READ_ONCE(laddr->maps.sessions);

	if (!nest)
		return -EMSGSIZE;
	if (mgw_nl_put_addr(skb, MGW_A_LADDR_ADDR, &laddr->addr,
			    laddr->family) ||
	    nla_put_string(skb, MGW_A_LADDR_POOL, laddr->pool->name) ||
	    (laddr->home_given &&
	     nla_put_u32(skb, MGW_A_LADDR_HOME_CPU, laddr->home_cpu)) ||
	    nla_put_u32(skb, MGW_A_LADDR_CPU, READ_ONCE(laddr->cpu)) ||
	    nla_put_u32(skb, MGW_A_LADDR_PORT_MIN, laddr->maps.min) ||
	    nla_put_u32(skb, MGW_A_LADDR_PORT_MAX, laddr->maps.max) ||
	    nla_put_u64_64bit(skb, MGW_A_LADDR_SESSIONS, sessions,
			      MGW_A_LADDR_PAD) ||
	    nla_put_u64_64bit(skb, MGW_A_LADDR_EXHAUSTED,
			      READ_ONCE(laddr->exhausted) -
				      READ_ONCE(laddr->exhausted_base),
			      MGW_A_LADDR_PAD) ||
	    (READ_ONCE(laddr->draining) &&
	     nla_put_flag(skb, MGW_A_LADDR_DRAINING)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/*
 * One event for each address, many in a datagram: a range must not be more than
 * a socket holds. What has no memory is known to be lost.
 */
static void event(struct mgw_net *mnet, u8 cmd,
		  const struct mgw_laddr_spec *spec)
{
	struct sk_buff *skb = NULL;
	struct mgw_laddr *laddr;
	void *hdr, *more;
	int err = 0;
	u32 i;

	for (i = 0; i < spec->count; i++) {
		laddr = mgw_laddr_find_nth(mnet, spec, i);
		if (skb) {
			more = mgw_nl_event_more(skb, cmd, hdr);
			if (more && !mgw_nl_laddr_fill(skb, laddr)) {
				hdr = more;
				continue;
			}
			if (more)
				genlmsg_cancel(skb, more);
			mgw_nl_event_send(mnet, skb, hdr, 0, GFP_KERNEL);
		}
		skb = mgw_nl_event_new(mnet, cmd, &hdr, GFP_KERNEL);
		if (!skb)
			return;
		err = mgw_nl_laddr_fill(skb, laddr);
		if (err)
			break;
	}
	mgw_nl_event_send(mnet, skb, hdr, err, GFP_KERNEL);
}

int mgw_nl_laddr_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mgw_net *mnet = mgw_nl_net(info);
	struct mgw_laddr_spec spec;
	int err;

	err = parse_spec(info, &spec);
	if (err)
		return err;
	/* What is refused for what it says does not start the packet path. */
	err = mgw_net_permit(mnet, info->extack) ?:
	      mgw_laddr_config_check_ports(mnet, &spec, info->extack) ?:
	      mgw_net_get(mnet, info->extack);
	if (err)
		return err;
	mutex_lock(&mnet->config_lock);
	err = mgw_laddr_config_add(mnet, &spec, info->extack);
	if (!err)
		event(mnet, MGW_CMD_LADDR_ADD, &spec);
	mutex_unlock(&mnet->config_lock);
	mgw_net_put(mnet);
	return err;
}

int mgw_nl_laddr_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mgw_net *mnet = mgw_nl_net(info);
	struct mgw_laddr_spec spec;
	int err;

	err = parse_spec(info, &spec);
	if (err)
		return err;
	mutex_lock(&mnet->config_lock);
	err = mgw_laddr_config_del(mnet, &spec, info->extack);
	if (!err)
		event(mnet, MGW_CMD_LADDR_DEL, &spec);
	mutex_unlock(&mnet->config_lock);
	return err;
}

int mgw_nl_laddr_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mgw_net *mnet = mgw_nl_net(info);
	struct mgw_laddr_spec spec;
	struct mgw_laddr *laddr;
	struct sk_buff *reply;
	void *hdr;
	int err;

	err = parse_spec(info, &spec);
	if (err)
		return err;
	reply = mgw_nl_reply_new(info, &hdr);
	if (!reply)
		return -ENOMEM;
	mutex_lock(&mnet->config_lock);
	laddr = find(mnet, &spec, info->extack);
	err = laddr ? mgw_nl_laddr_fill(reply, laddr) : -ENOENT;
	mutex_unlock(&mnet->config_lock);
	return mgw_nl_reply_send(reply, hdr, info, err);
}

int mgw_nl_laddr_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct mgw_net *mnet = mgw_nl_dump_net(cb);
	struct mgw_laddr *laddr;
	long index = 0;
	void *hdr;
	int err;

	/* Here, as kernel 6.1 gives a start no extack. */
	err = mgw_nl_dump_check(cb, MGW_A_LADDR);
	if (err)
		return err;
	mutex_lock(&mnet->config_lock);
	cb->seq = mnet->generation;
	list_for_each_entry(laddr, &mnet->laddr_list, list) {
		if (index++ < cb->args[0])
			continue;
		hdr = mgw_nl_dump_put(skb, cb, MGW_CMD_LADDR_GET);
		if (!hdr)
			break;
		if (mgw_nl_laddr_fill(skb, laddr)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
		cb->args[0] = index;
	}
	mutex_unlock(&mnet->config_lock);
	return skb->len;
}
