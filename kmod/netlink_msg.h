/* SPDX-License-Identifier: GPL-2.0 */
/* Messages of the generic netlink family. */
#ifndef MGW_NETLINK_MSG_H
#define MGW_NETLINK_MSG_H

#include <net/genetlink.h>
#include <uapi/linux/mgw.h>

struct mgw_net;

extern struct genl_family mgw_genl_family;

/* The namespace a request or dump is about. */
struct mgw_net *mgw_nl_net(struct genl_info *info);
struct mgw_net *mgw_nl_dump_net(const struct netlink_callback *cb);

/**
 * mgw_nl_dump_check() - what a dump of everything is asked with
 * @cb: the dump
 * @key: attribute that only the request for one object takes
 *
 * Return: -EINVAL, with a sentence, when it is given, or anything twice.
 */
int mgw_nl_dump_check(struct netlink_callback *cb, int key);
/* Begins one message of a dump; NULL when it does not fit. */
void *mgw_nl_dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd);
/* Begins a reply of up to a page. */
struct sk_buff *mgw_nl_reply_new(struct genl_info *info, void **hdr);
/* Ends and sends it, or frees it when @err says that it did not fit. */
int mgw_nl_reply_send(struct sk_buff *skb, void *hdr, struct genl_info *info,
		      int err);

/**
 * mgw_nl_event_new() - begin a message to the group "events"
 * @mnet: namespace
 * @cmd: the command that made the change
 * @hdr: for mgw_nl_event_send()
 * @gfp: how to allocate
 *
 * Context: any that @gfp allows.
 * Return: NULL when nobody listens, or without memory: then the event is lost,
 * and who listens gets ENOBUFS in its place.
 */
struct sk_buff *mgw_nl_event_new(const struct mgw_net *mnet, u8 cmd, void **hdr,
				 gfp_t gfp);
/* One more, in the same datagram as the last one; NULL when it is full. */
void *mgw_nl_event_more(struct sk_buff *skb, u8 cmd, void *last);
/* Sends it, or says that it is lost when @err says that it did not fit. */
void mgw_nl_event_send(const struct mgw_net *mnet, struct sk_buff *skb,
		       void *hdr, int err, gfp_t gfp);

#endif /* MGW_NETLINK_MSG_H */
