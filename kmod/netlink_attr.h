/* SPDX-License-Identifier: GPL-2.0 */
/* Attributes that several objects have: how they are read and written. */
#ifndef MGW_NETLINK_ATTR_H
#define MGW_NETLINK_ATTR_H

#include <net/netlink.h>

#include "addr.h"
#include "service.h"

/* Policies of an address and a port in network order. */
#define MGW_NLA_ADDR	NLA_POLICY_RANGE(NLA_BINARY, 4, 16)
#define MGW_NLA_PORT	{ .type = NLA_BE16 }

/*
 * Reading. Each leaves a sentence in extack when it refuses.
 *
 * nest: a nest by its policy, no attribute twice; -EINVAL without it.
 * addr: 4 or 16 bytes that name one host.
 * any_addr: 4 or 16 bytes.
 * service_key: from the SERVICE nest of a request.
 */
int mgw_nl_parse_nest(struct nlattr **tb, int max, const struct nlattr *nest,
		      const struct nla_policy *policy,
		      struct netlink_ext_ack *extack);
int mgw_nl_parse_addr(const struct nlattr *attr, union nf_inet_addr *addr,
		      u8 *family, struct netlink_ext_ack *extack);
int mgw_nl_parse_any_addr(const struct nlattr *attr, union nf_inet_addr *addr,
			  u8 *family, struct netlink_ext_ack *extack);
int mgw_nl_parse_service_key(struct nlattr *const *tb,
			     struct mgw_service_key *key,
			     struct netlink_ext_ack *extack);
/* Letters, digits, '.', '_' and '-'; at least one. */
int mgw_nl_check_pool_name(const struct nlattr *attr,
			   struct netlink_ext_ack *extack);
/* TCP or UDP. */
int mgw_nl_parse_proto(const struct nlattr *attr, u8 *proto,
		       struct netlink_ext_ack *extack);
/* No attribute of the top level twice. */
int mgw_nl_check_request(const struct nlmsghdr *nlh,
			 struct netlink_ext_ack *extack);

/* Writing; -EMSGSIZE when it does not fit. */
int mgw_nl_put_addr(struct sk_buff *skb, int type,
		    const union nf_inet_addr *addr, u8 family);
int mgw_nl_put_service_key(struct sk_buff *skb,
			   const struct mgw_service_key *key);
int mgw_nl_put_traffic(struct sk_buff *skb, int type,
		       const struct mgw_traffic_sum *sum);

#endif /* MGW_NETLINK_ATTR_H */
