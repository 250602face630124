// SPDX-License-Identifier: GPL-2.0
/*
 * Reading and writing of attributes that several objects have. Process
 * context; touches nothing but messages.
 */
#include "netlink_attr.h"

#include <linux/ctype.h>
#include <net/genetlink.h>

/* Which of two wins would be a guess; @max is below 64 for all our sets. */
static int check_once(const struct nlattr *head, int len, int max,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	u64 seen = 0;
	int rem;

	nla_for_each_attr(attr, head, len, rem) {
		int type = nla_type(attr);

		if (type > max || type >= 64)
			continue;
		if (seen & BIT_ULL(type)) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    "attribute is given twice");
			return -EINVAL;
		}
		seen |= BIT_ULL(type);
	}
	return 0;
}

int mgw_nl_check_request(const struct nlmsghdr *nlh,
			 struct netlink_ext_ack *extack)
{
	return check_once(nlmsg_attrdata(nlh, GENL_HDRLEN),
			  nlmsg_attrlen(nlh, GENL_HDRLEN), MGW_A_MAX, extack);
}

int mgw_nl_parse_nest(struct nlattr **tb, int max, const struct nlattr *nest,
		      const struct nla_policy *policy,
		      struct netlink_ext_ack *extack)
{
	int err;

	err = check_once(nla_data(nest), nla_len(nest), max, extack);
	if (err)
		return err;
	return nla_parse_nested(tb, max, nest, policy, extack);
}

int mgw_nl_parse_any_addr(const struct nlattr *attr, union nf_inet_addr *addr,
			  u8 *family, struct netlink_ext_ack *extack)
{
	switch (nla_len(attr)) {
	case sizeof(struct in_addr):
		*family = AF_INET;
		break;
	case sizeof(struct in6_addr):
		*family = AF_INET6;
		break;
	default:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "address has neither 4 nor 16 bytes");
		return -EINVAL;
	}
	mgw_addr_set(addr, nla_data(attr), *family);
	return 0;
}

/* Says why mgw_addr_is_unicast() does not like it. */
static void refuse_addr4(const struct nlattr *attr, __be32 addr,
			 struct netlink_ext_ack *extack)
{
	if (ipv4_is_loopback(addr))
		NL_SET_ERR_MSG_ATTR(extack, attr, "address is a loopback address");
	else if (ipv4_is_multicast(addr))
		NL_SET_ERR_MSG_ATTR(extack, attr, "address is a multicast address");
	else if (ipv4_is_lbcast(addr))
		NL_SET_ERR_MSG_ATTR(extack, attr, "address is the broadcast address");
	else if (ipv4_is_zeronet(addr))
		NL_SET_ERR_MSG_ATTR(extack, attr, "address is within 0.0.0.0/8");
	else
		NL_SET_ERR_MSG_ATTR(extack, attr, "address does not name one host");
}

static void refuse_addr6(const struct nlattr *attr, const struct in6_addr *addr,
			 struct netlink_ext_ack *extack)
{
	if (ipv6_addr_any(addr))
		NL_SET_ERR_MSG_ATTR(extack, attr, "address is zero");
	else if (ipv6_addr_loopback(addr))
		NL_SET_ERR_MSG_ATTR(extack, attr, "address is the loopback address");
	else if (ipv6_addr_is_multicast(addr))
		NL_SET_ERR_MSG_ATTR(extack, attr, "address is a multicast address");
	else if (ipv6_addr_v4mapped(addr))
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "address is an IPv4 address in IPv6 form: give its 4 bytes");
	else if (ipv6_addr_type(addr) & IPV6_ADDR_LINKLOCAL)
		NL_SET_ERR_MSG_ATTR(extack, attr, "address is a link-local address");
	else
		NL_SET_ERR_MSG_ATTR(extack, attr, "address does not name one host");
}

int mgw_nl_parse_addr(const struct nlattr *attr, union nf_inet_addr *addr,
		      u8 *family, struct netlink_ext_ack *extack)
{
	int err;

	err = mgw_nl_parse_any_addr(attr, addr, family, extack);
	if (err)
		return err;
	if (mgw_addr_is_unicast(addr, *family))
		return 0;
	if (*family == AF_INET)
		refuse_addr4(attr, addr->ip, extack);
	else
		refuse_addr6(attr, &addr->in6, extack);
	return -EADDRNOTAVAIL;
}

int mgw_nl_parse_proto(const struct nlattr *attr, u8 *proto,
		       struct netlink_ext_ack *extack)
{
	u32 value = nla_get_u32(attr);

	if (value != IPPROTO_TCP && value != IPPROTO_UDP) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "proto is neither TCP nor UDP");
		return -EPROTONOSUPPORT;
	}
	*proto = value;
	return 0;
}

static int parse_family(const struct nlattr *attr, u8 *family,
			struct netlink_ext_ack *extack)
{
	u32 value = nla_get_u32(attr);

	if (value != AF_INET && value != AF_INET6) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "family is neither IPv4 nor IPv6");
		return -EAFNOSUPPORT;
	}
	*family = value;
	return 0;
}

static int parse_mark_key(struct nlattr *const *tb, struct mgw_service_key *key,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *mark = tb[MGW_A_SERVICE_FWMARK];

	if (tb[MGW_A_SERVICE_PROTO] || tb[MGW_A_SERVICE_VADDR] ||
	    tb[MGW_A_SERVICE_VPORT]) {
		NL_SET_ERR_MSG_ATTR(extack, mark,
				    "service has a fwmark, so neither proto, vaddr nor vport");
		return -EINVAL;
	}
	if (!tb[MGW_A_SERVICE_FAMILY]) {
		NL_SET_ERR_MSG_ATTR(extack, mark,
				    "service has a fwmark, but no family");
		return -EINVAL;
	}
	key->fwmark = nla_get_u32(mark);
	if (!key->fwmark) {
		NL_SET_ERR_MSG_ATTR(extack, mark,
				    "fwmark is 0, which packets without a mark have");
		return -EINVAL;
	}
	return parse_family(tb[MGW_A_SERVICE_FAMILY], &key->family, extack);
}

int mgw_nl_parse_service_key(struct nlattr *const *tb,
			     struct mgw_service_key *key,
			     struct netlink_ext_ack *extack)
{
	int err;

	memset(key, 0, sizeof(*key));
	if (tb[MGW_A_SERVICE_FWMARK])
		return parse_mark_key(tb, key, extack);
	if (tb[MGW_A_SERVICE_FAMILY]) {
		NL_SET_ERR_MSG_ATTR(extack, tb[MGW_A_SERVICE_FAMILY],
				    "service has a family, but no fwmark");
		return -EINVAL;
	}
	if (!tb[MGW_A_SERVICE_PROTO]) {
		NL_SET_ERR_MSG(extack, "service has no proto");
		return -EINVAL;
	}
	if (!tb[MGW_A_SERVICE_VADDR]) {
		NL_SET_ERR_MSG(extack, "service has no vaddr");
		return -EINVAL;
	}
	if (!tb[MGW_A_SERVICE_VPORT]) {
		NL_SET_ERR_MSG(extack, "service has no vport");
		return -EINVAL;
	}
	err = mgw_nl_parse_proto(tb[MGW_A_SERVICE_PROTO], &key->proto, extack);
	if (err)
		return err;
	key->vport = nla_get_be16(tb[MGW_A_SERVICE_VPORT]);
	return mgw_nl_parse_addr(tb[MGW_A_SERVICE_VADDR], &key->vaddr,
				 &key->family, extack);
}

int mgw_nl_check_pool_name(const struct nlattr *attr,
			   struct netlink_ext_ack *extack)
{
	const char *name = nla_data(attr);
	const char *c;

	/* isalnum() knows the letters of Latin-1, too. */
	for (c = name; *c; c++)
		if (!isascii(*c) || (!isalnum(*c) && !strchr("._-", *c)))
			break;
	if (*c || c == name) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "pool name has other characters than letters, digits, '.', '_' and '-', or none");
		return -EINVAL;
	}
	return 0;
}

int mgw_nl_put_addr(struct sk_buff *skb, int type,
		    const union nf_inet_addr *addr, u8 family)
{
	return nla_put(skb, type, mgw_addr_len(family), addr);
}

int mgw_nl_put_service_key(struct sk_buff *skb,
			   const struct mgw_service_key *key)
{
	if (mgw_service_key_is_mark(key))
		return nla_put_u32(skb, MGW_A_SERVICE_FWMARK, key->fwmark) ?:
		       nla_put_u32(skb, MGW_A_SERVICE_FAMILY, key->family);
	if (nla_put_u32(skb, MGW_A_SERVICE_PROTO, key->proto) ||
	    mgw_nl_put_addr(skb, MGW_A_SERVICE_VADDR, &key->vaddr,
			    key->family) ||
	    nla_put_be16(skb, MGW_A_SERVICE_VPORT, key->vport))
		return -EMSGSIZE;
	return 0;
}

int mgw_nl_put_traffic(struct sk_buff *skb, int type,
		       const struct mgw_traffic_sum *sum)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u64_64bit(skb, MGW_A_TRAFFIC_SESSIONS_TOTAL,
			      sum->sessions_total, MGW_A_TRAFFIC_PAD) ||
	    nla_put_u64_64bit(skb, MGW_A_TRAFFIC_PACKETS_FROM_CLIENT,
			      sum->packets[MGW_DIR_FROM_CLIENT],
			      MGW_A_TRAFFIC_PAD) ||
	    nla_put_u64_64bit(skb, MGW_A_TRAFFIC_BYTES_FROM_CLIENT,
			      sum->bytes[MGW_DIR_FROM_CLIENT],
			      MGW_A_TRAFFIC_PAD) ||
	    nla_put_u64_64bit(skb, MGW_A_TRAFFIC_PACKETS_FROM_RS,
			      sum->packets[MGW_DIR_FROM_RS],
			      MGW_A_TRAFFIC_PAD) ||
	    nla_put_u64_64bit(skb, MGW_A_TRAFFIC_BYTES_FROM_RS,
			      sum->bytes[MGW_DIR_FROM_RS], MGW_A_TRAFFIC_PAD)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}
