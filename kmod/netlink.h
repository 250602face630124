/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family. Its handlers, one file for each object. */
#ifndef MGW_NETLINK_H
#define MGW_NETLINK_H

#include <net/genetlink.h>
#include <uapi/linux/mgw.h>

struct mgw_laddr;
struct mgw_net;
struct mgw_rs;
struct mgw_service;

extern struct genl_family mgw_genl_family;

int mgw_netlink_init(void);
void mgw_netlink_exit(void);

/* The namespace a request or dump is about. */
struct mgw_net *mgw_nl_net(struct genl_info *info);
struct mgw_net *mgw_nl_dump_net(const struct netlink_callback *cb);

/* Begins one message of a dump; NULL when it does not fit. */
void *mgw_nl_dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd);
/* Begins a reply of up to a page. */
struct sk_buff *mgw_nl_reply_new(struct genl_info *info, void **hdr);
/* Ends and sends it, or frees it when @err says that it did not fit. */
int mgw_nl_reply_send(struct sk_buff *skb, void *hdr, struct genl_info *info,
		      int err);

/**
 * mgw_nl_event() - tell the group "events" what has changed
 * @mnet: namespace
 * @cmd: the command that did it
 * @svc: its service, or NULL
 * @rs: its rs, or NULL
 * @laddr: its laddr, or NULL
 *
 * Context: process, mnet->config_lock held.
 */
void mgw_nl_event(struct mgw_net *mnet, u8 cmd, const struct mgw_service *svc,
		  const struct mgw_rs *rs, const struct mgw_laddr *laddr);

/* netlink_info.c */
int mgw_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info);

/* netlink_service.c */
extern const struct nla_policy mgw_nl_service_policy[__MGW_A_SERVICE_MAX];
extern const struct nla_policy mgw_nl_service_key_policy[__MGW_A_SERVICE_MAX];
int mgw_nl_service_fill(struct sk_buff *skb, const struct mgw_service *svc);
int mgw_nl_service_add_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_service_set_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_service_del_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_service_get_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_service_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

/* netlink_rs.c */
extern const struct nla_policy mgw_nl_rs_policy[__MGW_A_RS_MAX];
extern const struct nla_policy mgw_nl_rs_key_policy[__MGW_A_RS_MAX];
int mgw_nl_rs_fill(struct sk_buff *skb, const struct mgw_rs *rs);
int mgw_nl_rs_fill_key(struct sk_buff *skb, const struct mgw_rs *rs);
int mgw_nl_rs_add_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_rs_set_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_rs_del_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_rs_get_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_rs_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

/* netlink_laddr.c */
extern const struct nla_policy mgw_nl_laddr_policy[__MGW_A_LADDR_MAX];
extern const struct nla_policy mgw_nl_laddr_key_policy[__MGW_A_LADDR_MAX];
int mgw_nl_laddr_fill(struct sk_buff *skb, const struct mgw_laddr *laddr);
int mgw_nl_laddr_add_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_laddr_del_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_laddr_get_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_laddr_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

/* netlink_session.c */
extern const struct nla_policy mgw_nl_filter_policy[__MGW_A_FILTER_MAX];
int mgw_nl_session_get_start(struct netlink_callback *cb);
int mgw_nl_session_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int mgw_nl_session_get_done(struct netlink_callback *cb);
int mgw_nl_session_count_doit(struct sk_buff *skb, struct genl_info *info);
int mgw_nl_session_flush_doit(struct sk_buff *skb, struct genl_info *info);

/* netlink_stats.c */
int mgw_nl_stats_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int mgw_nl_stats_zero_doit(struct sk_buff *skb, struct genl_info *info);

#endif /* MGW_NETLINK_H */
