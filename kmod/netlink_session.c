// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions over netlink: dump, count, flush. Process context without any lock;
 * the owners are asked for bites of copies.
 */
#include "netlink_session.h"

#include <linux/slab.h>

#include "netlink_msg.h"
#include "netlink_attr.h"
#include "mnet.h"
#include "session.h"

const struct nla_policy mgw_nl_filter_policy[__MGW_A_FILTER_MAX] = {
	[MGW_A_FILTER_PROTO] = { .type = NLA_U32 },
	[MGW_A_FILTER_CADDR] = MGW_NLA_ADDR,
	[MGW_A_FILTER_CPORT] = MGW_NLA_PORT,
	[MGW_A_FILTER_VADDR] = MGW_NLA_ADDR,
	[MGW_A_FILTER_VPORT] = MGW_NLA_PORT,
	[MGW_A_FILTER_LADDR] = MGW_NLA_ADDR,
	[MGW_A_FILTER_LPORT] = MGW_NLA_PORT,
	[MGW_A_FILTER_RADDR] = MGW_NLA_ADDR,
	[MGW_A_FILTER_RPORT] = MGW_NLA_PORT,
	[MGW_A_FILTER_LIMIT] = NLA_POLICY_MIN(NLA_U32, 1),
	[MGW_A_FILTER_FWMARK] = NLA_POLICY_MIN(NLA_U32, 1),
};

/**
 * struct session_dump - one dump under way
 * @cursor: where the walk stands
 * @filter: what is wanted
 * @begun: @filter and @left are known
 * @left: messages until the limit
 * @views: copies of sessions, of the last bite
 * @next: the first of them not yet sent
 */
struct session_dump {
	struct mgw_session_cursor cursor;
	struct mgw_session_filter filter;
	bool begun;
	u64 left;
	struct mgw_session_views views;
	unsigned int next;
};

/* One corner: its address, and its port only with it. */
static int parse_corner(struct nlattr *const *tb, int addr_type, u32 addr_bit,
			u32 port_bit, struct mgw_session_filter *filter,
			union nf_inet_addr *addr, u8 *family, __be16 *port,
			struct netlink_ext_ack *extack)
{
	/* The port's type and bit come right after those of the address. */
	const struct nlattr *port_attr = tb[addr_type + 1];
	int err;

	if (!tb[addr_type]) {
		if (!port_attr)
			return 0;
		NL_SET_ERR_MSG_ATTR(extack, port_attr,
				    "port is given without its address");
		return -EINVAL;
	}
	err = mgw_nl_parse_any_addr(tb[addr_type], addr, family, extack);
	if (err)
		return err;
	filter->has |= addr_bit;
	if (port_attr) {
		filter->has |= port_bit;
		*port = nla_get_be16(port_attr);
	}
	return 0;
}

static int parse_filter(const struct nlattr *nest,
			struct mgw_session_filter *f, u32 *limit,
			struct netlink_ext_ack *extack)
{
	struct nlattr *tb[__MGW_A_FILTER_MAX];
	int err;

	memset(f, 0, sizeof(*f));
	*limit = 0;
	if (!nest)
		return 0;
	err = mgw_nl_parse_nest(tb, MGW_A_FILTER_MAX, nest,
				mgw_nl_filter_policy, extack);
	if (err)
		return err;
	if (tb[MGW_A_FILTER_PROTO]) {
		f->has |= MGW_FILTER_PROTO;
		err = mgw_nl_parse_proto(tb[MGW_A_FILTER_PROTO], &f->proto,
					 extack);
		if (err)
			return err;
	}
	if (tb[MGW_A_FILTER_FWMARK]) {
		f->has |= MGW_FILTER_FWMARK;
		f->fwmark = nla_get_u32(tb[MGW_A_FILTER_FWMARK]);
	}
	if (tb[MGW_A_FILTER_LIMIT])
		*limit = nla_get_u32(tb[MGW_A_FILTER_LIMIT]);
	return parse_corner(tb, MGW_A_FILTER_CADDR, MGW_FILTER_CADDR,
			    MGW_FILTER_CPORT, f, &f->caddr, &f->cfamily,
			    &f->cport, extack) ?:
	       parse_corner(tb, MGW_A_FILTER_VADDR, MGW_FILTER_VADDR,
			    MGW_FILTER_VPORT, f, &f->vaddr, &f->vfamily,
			    &f->vport, extack) ?:
	       parse_corner(tb, MGW_A_FILTER_LADDR, MGW_FILTER_LADDR,
			    MGW_FILTER_LPORT, f, &f->laddr, &f->lfamily,
			    &f->lport, extack) ?:
	       parse_corner(tb, MGW_A_FILTER_RADDR, MGW_FILTER_RADDR,
			    MGW_FILTER_RPORT, f, &f->raddr, &f->rfamily,
			    &f->rport, extack);
}

/* Kernel 6.1 gives it no extack, so the first dumpit reads the filter. */
int mgw_nl_session_get_start(struct netlink_callback *cb)
{
	struct session_dump *dump = kzalloc(sizeof(*dump), GFP_KERNEL_ACCOUNT);

	cb->args[0] = (long)dump;
	return dump ? 0 : -ENOMEM;
}

static int begin_dump(struct netlink_callback *cb, struct session_dump *dump)
{
	const struct genl_dumpit_info *info = genl_dumpit_info(cb);
	u32 limit;
	int err;

	err = mgw_nl_check_request(cb->nlh, cb->extack);
	if (!err)
		err = parse_filter(mgw_nl_dump_attrs(info)[MGW_A_FILTER],
				   &dump->filter, &limit, cb->extack);
	if (err)
		return err;
	dump->left = limit ?: U64_MAX;
	dump->begun = true;
	return 0;
}

int mgw_nl_session_get_done(struct netlink_callback *cb)
{
	struct session_dump *dump = (struct session_dump *)cb->args[0];

	mgw_session_views_free(&dump->views);
	kfree(dump);
	return 0;
}

static int put_addresses(struct sk_buff *skb, const struct mgw_session_view *v)
{
	if (mgw_nl_put_addr(skb, MGW_A_SESSION_CADDR, &v->caddr, v->cfamily) ||
	    mgw_nl_put_addr(skb, MGW_A_SESSION_VADDR, &v->vaddr, v->cfamily) ||
	    mgw_nl_put_addr(skb, MGW_A_SESSION_LADDR, &v->laddr, v->lfamily) ||
	    mgw_nl_put_addr(skb, MGW_A_SESSION_RADDR, &v->raddr, v->rfamily) ||
	    nla_put_be16(skb, MGW_A_SESSION_CPORT, v->cport) ||
	    nla_put_be16(skb, MGW_A_SESSION_VPORT, v->vport) ||
	    nla_put_be16(skb, MGW_A_SESSION_LPORT, v->lport) ||
	    nla_put_be16(skb, MGW_A_SESSION_RPORT, v->rport))
		return -EMSGSIZE;
	return 0;
}

static int put_packets(struct sk_buff *skb, const struct mgw_session_view *v)
{
	struct nlattr *nest = nla_nest_start(skb, MGW_A_SESSION_TRAFFIC);

	if (!nest ||
	    nla_put_u64_64bit(skb, MGW_A_TRAFFIC_PACKETS_FROM_CLIENT,
			      v->packets[MGW_DIR_FROM_CLIENT],
			      MGW_A_TRAFFIC_PAD) ||
	    nla_put_u64_64bit(skb, MGW_A_TRAFFIC_BYTES_FROM_CLIENT,
			      v->bytes[MGW_DIR_FROM_CLIENT],
			      MGW_A_TRAFFIC_PAD) ||
	    nla_put_u64_64bit(skb, MGW_A_TRAFFIC_PACKETS_FROM_RS,
			      v->packets[MGW_DIR_FROM_RS],
			      MGW_A_TRAFFIC_PAD) ||
	    nla_put_u64_64bit(skb, MGW_A_TRAFFIC_BYTES_FROM_RS,
			      v->bytes[MGW_DIR_FROM_RS], MGW_A_TRAFFIC_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill(struct sk_buff *skb, const struct mgw_session_view *v)
{
	struct nlattr *nest = nla_nest_start(skb, MGW_A_SESSION);

	if (!nest ||
	    nla_put_u32(skb, MGW_A_SESSION_PROTO, v->proto) ||
	    put_addresses(skb, v) ||
	    nla_put_u32(skb, MGW_A_SESSION_STATE, v->state) ||
	    nla_put_u32(skb, MGW_A_SESSION_MODE, v->mode) ||
	    nla_put_u32(skb, MGW_A_SESSION_CPU, v->cpu) ||
	    nla_put_u32(skb, MGW_A_SESSION_EXPIRES, v->expires) ||
	    put_packets(skb, v))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Sends what the last bite brought; false when the message buffer is full. */
static bool send_views(struct sk_buff *skb, struct netlink_callback *cb,
		       struct session_dump *dump)
{
	void *hdr;

	for (; dump->next < dump->views.count && dump->left; dump->next++) {
		hdr = mgw_nl_dump_put(skb, cb, MGW_CMD_SESSION_GET);
		if (!hdr)
			return false;
		if (fill(skb, &dump->views.view[dump->next])) {
			genlmsg_cancel(skb, hdr);
			return false;
		}
		genlmsg_end(skb, hdr);
		dump->left--;
	}
	return true;
}

int mgw_nl_session_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct session_dump *dump = (struct session_dump *)cb->args[0];
	struct mgw_net *mnet = mgw_nl_dump_net(cb);
	int err;

	err = dump->begun ? 0 : begin_dump(cb, dump);
	if (err)
		return err;
	while (send_views(skb, cb, dump)) {
		if (!dump->left || dump->cursor.done)
			break;
		err = mgw_session_bite(mnet, &dump->cursor, &dump->filter,
				       &dump->views);
		if (err)
			return err;
		dump->next = 0;
		cond_resched();
	}
	return skb->len;
}

static int walk_doit(struct genl_info *info,
		     u64 (*walk)(struct mgw_net *mnet,
				 const struct mgw_session_filter *filter))
{
	struct mgw_session_filter filter;
	struct sk_buff *reply;
	u32 limit;
	u64 count;
	void *hdr;
	int err;

	err = mgw_nl_check_request(info->nlhdr, info->extack);
	if (!err)
		err = parse_filter(info->attrs[MGW_A_FILTER], &filter, &limit,
				   info->extack);
	if (err)
		return err;
	if (limit) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[MGW_A_FILTER],
				    "a limit is for dumps only");
		return -EINVAL;
	}
	/* What is refused for want of memory has flushed nothing. */
	reply = mgw_nl_reply_new(info, &hdr);
	if (!reply)
		return -ENOMEM;
	count = walk(mgw_nl_net(info), &filter);
	return mgw_nl_reply_send(reply, hdr, info,
				 nla_put_u64_64bit(reply, MGW_A_COUNT, count,
						   MGW_A_PAD));
}

int mgw_nl_session_count_doit(struct sk_buff *skb, struct genl_info *info)
{
	return walk_doit(info, mgw_session_count);
}

int mgw_nl_session_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	return walk_doit(info, mgw_session_flush);
}
