// SPDX-License-Identifier: GPL-2.0
/*
 * Rewriting a packet for its other leg. Softirq of the owner. Checksums are
 * updated, never computed anew, so a packet that came in broken stays broken.
 */
#include "nat.h"

#include <linux/unaligned.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/tcp.h>

#include "csum.h"
#include "hot.h"
#include "nat_xlat.h"
#include "skb.h"
#include "tcp_opt.h"
#include "toa.h"

static unsigned int addr_words(u8 family)
{
	return mgw_addr_len(family) / sizeof(__be32);
}

void mgw_nat_prepare(struct mgw_session *sess, const struct mgw_tuple *client,
		     const struct mgw_tuple *rs)
{
	unsigned int from = addr_words(client->family);
	unsigned int to = addr_words(rs->family);
	struct mgw_side *side = sess->side;
	__wsum addrs, ports;

	mgw_assert_session(sess);
	addrs = csum_add(mgw_csum_diff_addr(client->saddr.ip6, rs->daddr.ip6,
					    from, to),
			 mgw_csum_diff_addr(client->daddr.ip6, rs->saddr.ip6,
					    from, to));
	ports = csum_sub((__force __wsum)rs->ports,
			 (__force __wsum)client->ports);
	side[MGW_DIR_FROM_CLIENT].addr_diff = mgw_csum_fold_diff(addrs);
	side[MGW_DIR_FROM_CLIENT].l4_diff =
		mgw_csum_fold_diff(csum_add(addrs, ports));
	side[MGW_DIR_FROM_RS].addr_diff = ~side[MGW_DIR_FROM_CLIENT].addr_diff;
	side[MGW_DIR_FROM_RS].l4_diff = ~side[MGW_DIR_FROM_CLIENT].l4_diff;
}

static __wsum addr_diff(const struct mgw_side *side)
{
	return mgw_csum_unfold_diff(side->addr_diff);
}

static __wsum l4_diff(const struct mgw_side *side)
{
	return mgw_csum_unfold_diff(side->l4_diff);
}

static __wsum diff32(__be32 from, __be32 to)
{
	return csum_sub((__force __wsum)to, (__force __wsum)from);
}

/*
 * An rs takes all clients behind a laddr for one. What it can't see in the right
 * light becomes NOPs: the clocks of their timestamps, and cookies of fast open,
 * which prove that an address is its sender's. One client's would do for all.
 */
static __wsum mask_syn(const struct mgw_packet *pkt, struct tcphdr *th)
{
	const struct mgw_session *sess = pkt->sess;
	__wsum diff = 0;

	if (sess->flags & MGW_SESSION_STRIP_TIMESTAMPS)
		diff = mgw_tcp_opt_strip_timestamps(th);
	if (pkt->rare_options && mgw_session_rules(sess)->needs_lport)
		diff = csum_add(diff, mgw_tcp_opt_blank_fast_open(th));
	return diff;
}

/* Others than timestamps, which most segments have. */
static __always_inline bool has_more_options(const struct mgw_packet *pkt,
					     const struct tcphdr *th)
{
	if (unlikely(pkt->seg.flags & MGW_TCPHDR_SYN))
		return true;
	return pkt->dir == MGW_DIR_FROM_CLIENT &&
	       mgw_toa_may_be_forged(pkt, th);
}

/* What its reader shall not see, or shall see otherwise. */
static noinline __wsum edit_options(const struct mgw_packet *pkt,
				    struct tcphdr *th)
{
	__wsum diff = 0;

	if (pkt->dir == MGW_DIR_FROM_RS)
		return mgw_toa_make_room(pkt, th);
	if (pkt->seg.flags & MGW_TCPHDR_SYN)
		diff = mask_syn(pkt, th);
	if (mgw_toa_may_be_forged(pkt, th))
		diff = csum_add(diff, mgw_toa_blank(pkt, th));
	return diff;
}

/* Sequence numbers and options; returns what it did to the checksum. */
static __wsum __mgw_hot shift_tcp(struct mgw_packet *pkt, struct tcphdr *th)
{
	const struct mgw_session *sess = pkt->sess;
	unsigned int opt_len = pkt->l4_len - sizeof(*th);
	u32 theirs = sess->seq_delta[mgw_dir_other(pkt->dir)];
	u32 own = sess->seq_delta[pkt->dir];
	__wsum diff = 0;
	__be32 number;

	if (own) {
		number = htonl(pkt->seg.seq + own);
		diff = diff32(th->seq, number);
		th->seq = number;
	}
	/* Without ACK the number means nothing and stays as it is. */
	if (theirs && likely(pkt->seg.flags & MGW_TCPHDR_ACK)) {
		number = htonl(pkt->seg.ack - theirs);
		diff = csum_add(diff, diff32(th->ack_seq, number));
		th->ack_seq = number;
		if (unlikely(opt_len))
			diff = csum_add(diff,
					mgw_tcp_opt_shift_sack(th, -theirs));
	}
	if (unlikely(opt_len) && has_more_options(pkt, th))
		diff = csum_add(diff, edit_options(pkt, th));
	return diff;
}

static void __mgw_hot rewrite_tcp(struct mgw_packet *pkt,
				  const struct mgw_side *in,
				  const struct mgw_side *out)
{
	struct tcphdr *th = mgw_packet_tcp(pkt);
	__wsum diff = shift_tcp(pkt, th);

	th->source = out->dport;
	th->dest = out->sport;
	if (pkt->lacks_sum)
		th->check = mgw_csum_apply_partial(th->check,
						   addr_diff(in));
	else
		th->check = mgw_csum_apply(th->check,
					   csum_add(l4_diff(in), diff));
}

/* Somebody's tunnel, cut up later: the outer sum is made then, if there is one. */
static bool has_segments_in_tunnel(const struct sk_buff *skb)
{
	return unlikely(skb_is_gso(skb) && skb->encapsulation);
}

static void __mgw_hot rewrite_udp(struct mgw_packet *pkt,
				  const struct mgw_side *in,
				  const struct mgw_side *out)
{
	struct udphdr *uh = mgw_packet_udp(pkt);

	uh->source = out->dport;
	uh->dest = out->sport;
	if (pkt->lacks_sum ||
	    (uh->check && has_segments_in_tunnel(pkt->skb)))
		uh->check = mgw_csum_apply_partial(uh->check, addr_diff(in));
	else if (uh->check)
		uh->check = mgw_csum_udp(mgw_csum_apply(uh->check,
							l4_diff(in)));
}

/*
 * Several senders become one, and their IDs must differ where fragments are put
 * together (RFC 6864, section 4.3). Those of packets that nobody may cut mean
 * nothing, and stay; one with DF that came in pieces leaves in pieces.
 */
static __always_inline bool needs_id(const struct sk_buff *skb,
				     const struct iphdr *iph)
{
	return unlikely(!(iph->frag_off & htons(IP_DF)) ||
			IPCB(skb)->frag_max_size);
}

static noinline void renew_id(const struct mgw_packet *pkt, struct iphdr *iph)
{
	__be16 old = iph->id;

	mgw_skb_select_id(pkt->mnet->net, pkt->skb, iph);
	csum_replace2(&iph->check, old, iph->id);
}

static void __mgw_hot rewrite_ipv4(struct mgw_packet *pkt,
				   const struct mgw_side *in,
				   const struct mgw_side *out)
{
	struct iphdr *iph = ip_hdr(pkt->skb);

	iph->saddr = out->daddr;
	iph->daddr = out->saddr;
	/* Both addresses are all of the pseudo header that changes. */
	iph->check = mgw_csum_apply(iph->check, addr_diff(in));
	ip_decrease_ttl(iph);
	/* As ip_forward() does, and that of IPv6 does not. */
	pkt->skb->priority = rt_tos2priority(iph->tos);
	if (needs_id(pkt->skb, iph))
		renew_id(pkt, iph);
}

static void __mgw_hot rewrite_ipv6(struct mgw_packet *pkt,
				   const struct mgw_side6 *out)
{
	struct ipv6hdr *ip6h = ipv6_hdr(pkt->skb);

	ip6h->saddr = out->daddr;
	ip6h->daddr = out->saddr;
	ip6h->hop_limit--;
}

enum mgw_verdict __mgw_hot mgw_nat_rewrite(struct mgw_packet *pkt)
{
	enum mgw_dir other = mgw_dir_other(pkt->dir);
	const struct mgw_session *sess = pkt->sess;
	const struct mgw_side *in = &sess->side[pkt->dir];
	const struct mgw_side *out = &sess->side[other];
	struct sk_buff *skb = pkt->skb;

	mgw_assert_packet(pkt);
	if (unlikely(skb_ensure_writable(skb, pkt->l4 + pkt->l4_len)))
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_MEMORY);
	/* As any forwarder: the sum of the device is not kept up to date. */
	skb_forward_csum(skb);
	skb_set_transport_header(skb, pkt->l4);

	if (unlikely(in->node.family != out->node.family))
		mgw_nat_xlat_checksum(pkt);
	if (in->node.proto == IPPROTO_TCP)
		rewrite_tcp(pkt, in, out);
	else
		rewrite_udp(pkt, in, out);

	if (unlikely(in->node.family != out->node.family))
		return mgw_nat_xlat(pkt);
	if (in->node.family == AF_INET)
		rewrite_ipv4(pkt, in, out);
	else
		rewrite_ipv6(pkt, &sess->side6[other]);
	return MGW_CONTINUE;
}
