// SPDX-License-Identifier: GPL-2.0
/* The TCP option that names the client, see toa.h. Softirq of the owner. */
#include "toa.h"

#include <linux/skbuff.h>
#include <linux/unaligned.h>
#include <net/dst.h>
#include <net/gso.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "csum.h"
#include "rs.h"
#include "service.h"
#include "tcp_opt.h"

#define TOA_LEN4	8
#define TOA_LEN6	20

static u8 kind_of(const struct mgw_session *sess)
{
	return READ_ONCE(sess->rs->svc->toa_kind);
}

static unsigned int length_of(const struct mgw_session *sess)
{
	return mgw_session_family(sess, MGW_DIR_FROM_CLIENT) == AF_INET ?
	       TOA_LEN4 : TOA_LEN6;
}

/* What stands before the address: kind, length, port. */
static void write_option(const struct mgw_session *sess, u8 *opt)
{
	struct mgw_tuple tuple;

	mgw_session_tuple(sess, MGW_DIR_FROM_CLIENT, &tuple);
	opt[0] = kind_of(sess);
	opt[1] = length_of(sess);
	put_unaligned(tuple.sport, (__be16 *)(opt + 2));
	memcpy(opt + 4, &tuple.saddr, mgw_addr_len(tuple.family));
}

unsigned int mgw_toa_room(const struct mgw_packet *pkt)
{
	return mgw_toa_is_due(pkt) ? length_of(pkt->sess) : 0;
}

/* What the tracking let pass: a stray ACK proves nothing. */
static bool rs_was_heard(const struct mgw_session *sess)
{
	return sess->track.half[MGW_DIR_FROM_CLIENT].flags &
	       MGW_TCP_HALF_HEARD;
}

/* Room in the MTU for @more bytes, in each segment of a super-packet. */
static bool fits(const struct mgw_packet *pkt, unsigned int more)
{
	const struct sk_buff *skb = pkt->skb;

	if (skb->len + more > IP_MAX_MTU)
		return false;
	/* Cut up on its way out anyway. */
	if (pkt->needs_stack)
		return true;
	if (skb_is_gso(skb))
		return pkt->mtu > more &&
		       skb_gso_validate_network_len(skb, pkt->mtu - more);
	return skb->len + more <= pkt->mtu;
}

/*
 * All options of the packet, ours first. Return: their length, which is not less
 * than before and a multiple of four, or 0 when there is no room.
 */
static unsigned int make_options(const struct mgw_packet *pkt, const u8 *old,
				 unsigned int old_len, u8 *opt)
{
	unsigned int len = length_of(pkt->sess);
	int kept;

	write_option(pkt->sess, opt);
	if (len + old_len <= MAX_TCP_OPTION_SPACE) {
		memcpy(opt + len, old, old_len);
		return len + old_len;
	}
	kept = mgw_tcp_opt_compact(old, old_len, opt + len,
				   MAX_TCP_OPTION_SPACE - len);
	if (kept < 0)
		return 0;
	mgw_counters_inc(&pkt->mc->counters, MGW_COUNTER_TOA_PRUNED);
	return max(round_up(len + kept, 4), old_len);
}

/* Length fields; returns what that does to the sum of the pseudo header. */
static __wsum lengthen_ip(struct mgw_packet *pkt, unsigned int more)
{
	struct sk_buff *skb = pkt->skb;
	__be16 before, after;

	if (skb->protocol == htons(ETH_P_IP)) {
		struct iphdr *iph = ip_hdr(skb);

		before = iph->tot_len;
		after = htons(ntohs(before) + more);
		iph->tot_len = after;
		csum_replace2(&iph->check, before, after);
	} else {
		struct ipv6hdr *ip6h = ipv6_hdr(skb);

		before = ip6h->payload_len;
		after = htons(ntohs(before) + more);
		ip6h->payload_len = after;
	}
	return (__force __wsum)(__force u32)htons(more);
}

/* The headers move up by @more bytes; their bytes are the same. */
static void move_headers(struct mgw_packet *pkt, unsigned int more)
{
	unsigned int len = pkt->l4 + sizeof(struct tcphdr);
	struct sk_buff *skb = pkt->skb;
	u8 *data;

	data = skb_push(skb, more);
	memmove(data, data + more, len);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, pkt->l4);
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		skb->csum_start -= more;
}

static void replace_options(struct mgw_packet *pkt, const u8 *opt,
			    unsigned int len)
{
	unsigned int old_len = pkt->l4_len - sizeof(struct tcphdr);
	unsigned int more = len - old_len;
	__wsum diff, pseudo;
	struct tcphdr *th;
	__be16 *words;

	th = mgw_packet_tcp(pkt);
	diff = csum_sub(csum_partial(opt, len, 0),
			csum_partial(th + 1, old_len, 0));
	if (more)
		move_headers(pkt, more);
	th = mgw_packet_tcp(pkt);
	memcpy(th + 1, opt, len);
	pseudo = lengthen_ip(pkt, more);

	/* doff and the flags share a word. */
	words = (__be16 *)th;
	diff = csum_sub(diff, (__force __wsum)(__force u32)words[6]);
	pkt->l4_len = sizeof(*th) + len;
	th->doff = pkt->l4_len / 4;
	diff = csum_add(diff, (__force __wsum)(__force u32)words[6]);

	if (pkt->lacks_sum)
		th->check = mgw_csum_apply_partial(th->check, pseudo);
	else
		th->check = mgw_csum_apply(th->check, csum_add(diff, pseudo));
}

static enum mgw_counter add(struct mgw_packet *pkt)
{
	unsigned int old_len = pkt->l4_len - sizeof(struct tcphdr);
	u8 opt[MAX_TCP_OPTION_SPACE] = {};
	unsigned int len;

	if (!fits(pkt, length_of(pkt->sess)))
		return MGW_COUNTER_TOA_TOO_BIG;
	if (skb_cow_head(pkt->skb, TOA_LEN6 + LL_RESERVED_SPACE(pkt->dst->dev)))
		return MGW_COUNTER_TOA_NO_MEMORY;
	len = make_options(pkt, (const u8 *)(mgw_packet_tcp(pkt) + 1), old_len,
			   opt);
	if (!len)
		return MGW_COUNTER_TOA_NO_ROOM;
	replace_options(pkt, opt, len);
	return MGW_COUNTER_TOA_ADDED;
}

void mgw_toa_add(struct mgw_packet *pkt)
{
	struct mgw_session *sess = pkt->sess;

	mgw_assert_packet(pkt);
	if (pkt->seg.flags & MGW_TCPHDR_SYN)
		return;
	if (rs_was_heard(sess)) {
		sess->flags &= ~MGW_SESSION_TOA;
		return;
	}
	mgw_counters_inc(&pkt->mc->counters, add(pkt));
}

__wsum mgw_toa_blank(const struct mgw_packet *pkt, struct tcphdr *th)
{
	__wsum diff;

	if (!mgw_tcp_opt_blank_toa(th, kind_of(pkt->sess), &diff))
		return 0;
	mgw_counters_inc(&pkt->mc->counters, MGW_COUNTER_TOA_FORGED);
	return diff;
}

__wsum mgw_toa_make_room(const struct mgw_packet *pkt, struct tcphdr *th)
{
	const struct mgw_session *sess = pkt->sess;

	mgw_assert_packet(pkt);
	if (!(sess->flags & MGW_SESSION_TOA))
		return 0;
	return mgw_tcp_opt_lower_mss(th, length_of(sess));
}

enum mgw_verdict mgw_toa_blank_whole(struct mgw_packet *pkt)
{
	struct tcphdr *th;
	__wsum diff;

	if (pkt->tuple.proto != IPPROTO_TCP || pkt->l4_len == sizeof(*th) ||
	    !mgw_toa_may_be_forged(pkt, mgw_packet_tcp(pkt)) ||
	    !mgw_tcp_opt_has_toa(mgw_packet_tcp(pkt), kind_of(pkt->sess)))
		return MGW_CONTINUE;
	if (skb_ensure_writable(pkt->skb, pkt->l4 + pkt->l4_len))
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_MEMORY);
	th = mgw_packet_tcp(pkt);
	diff = mgw_toa_blank(pkt, th);
	if (!pkt->lacks_sum)
		th->check = mgw_csum_apply(th->check, diff);
	return MGW_CONTINUE;
}

unsigned int mgw_toa_in_quote(const struct mgw_packet *pkt,
			      const struct tcphdr *th, unsigned int len)
{
	const struct mgw_session *sess = pkt->sess;
	u8 opt[TOA_LEN6];

	mgw_assert_packet(pkt);
	if (mgw_session_proto(sess) != IPPROTO_TCP ||
	    pkt->dir != MGW_DIR_FROM_RS ||
	    len < sizeof(*th) + length_of(sess) ||
	    th->doff * 4 < sizeof(*th) + length_of(sess))
		return 0;
	write_option(sess, opt);
	return memcmp(th + 1, opt, length_of(sess)) ? 0 : length_of(sess);
}
