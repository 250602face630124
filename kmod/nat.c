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
#include "tcp_opt.h"
#include "toa.h"

static unsigned int addr_words(u8 family)
{
	return mgw_addr_len(family) / sizeof(__be32);
}

static __wsum port_sum(__be16 port)
{
	return (__force __wsum)(__force u32)port;
}

void mgw_nat_prepare(struct mgw_session *sess)
{
	unsigned int from = addr_words(sess->cfamily);
	unsigned int to = addr_words(sess->rfamily);
	__wsum source, dest, diff;

	mgw_assert_session(sess);
	source = mgw_csum_diff_addr(sess->caddr.ip6, sess->laddr.ip6, from, to);
	dest = mgw_csum_diff_addr(sess->vaddr.ip6, sess->raddr.ip6, from, to);
	sess->diff_pseudo = csum_add(source, dest);
	diff = csum_sub(port_sum(sess->lport), port_sum(sess->cport));
	diff = csum_add(diff, port_sum(sess->rport));
	sess->diff_ports = csum_sub(diff, port_sum(sess->vport));
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
static noinline __wsum mask_syn(const struct mgw_packet *pkt, struct tcphdr *th)
{
	const struct mgw_session *sess = pkt->sess;
	__wsum diff = 0;

	if (sess->flags & MGW_SESSION_STRIP_TIMESTAMPS)
		diff = mgw_tcp_opt_strip_timestamps(th);
	if (pkt->rare_options && sess->mode == MGW_MODE_FULLNAT)
		diff = csum_add(diff, mgw_tcp_opt_blank_fast_open(th));
	return diff;
}

/* Sequence numbers and options; returns what it did to the checksum. */
static __wsum __mgw_hot shift_tcp(struct mgw_packet *pkt, struct tcphdr *th)
{
	const struct mgw_session *sess = pkt->sess;
	unsigned int opt_len = pkt->l4_len - sizeof(*th);
	__wsum diff = 0;
	__wsum sack;
	__be32 number;

	if (pkt->dir == MGW_DIR_FROM_CLIENT) {
		number = htonl(pkt->seg.seq + sess->seq_delta);
		diff = diff32(th->seq, number);
		th->seq = number;
		if (unlikely(pkt->seg.flags & MGW_TCPHDR_SYN) && opt_len)
			diff = csum_add(diff, mask_syn(pkt, th));
		if (unlikely(opt_len) && mgw_toa_may_be_forged(pkt, th))
			diff = csum_add(diff, mgw_toa_blank(pkt, th));
		return diff;
	}
	/* Without ACK the number means nothing and stays as it is. */
	if (likely(pkt->seg.flags & MGW_TCPHDR_ACK)) {
		number = htonl(pkt->seg.ack - sess->seq_delta);
		diff = diff32(th->ack_seq, number);
		th->ack_seq = number;
		if (unlikely(opt_len)) {
			sack = mgw_tcp_opt_shift_sack(th, -sess->seq_delta);
			diff = csum_add(diff, sack);
		}
	}
	if (unlikely(pkt->seg.flags & MGW_TCPHDR_SYN))
		diff = csum_add(diff, mgw_toa_make_room(pkt, th));
	return diff;
}

static void __mgw_hot rewrite_tcp(struct mgw_packet *pkt, __wsum pseudo,
				  __wsum ports)
{
	const struct mgw_session *sess = pkt->sess;
	struct tcphdr *th = mgw_packet_tcp(pkt);
	__wsum diff = shift_tcp(pkt, th);

	if (pkt->dir == MGW_DIR_FROM_CLIENT) {
		th->source = sess->lport;
		th->dest = sess->rport;
	} else {
		th->source = sess->vport;
		th->dest = sess->cport;
	}
	if (pkt->lacks_sum)
		th->check = mgw_csum_apply_partial(th->check, pseudo);
	else
		th->check = mgw_csum_apply(th->check,
					   csum_add(csum_add(pseudo, ports),
						    diff));
}

/* Somebody's tunnel, cut up later: the outer sum is made then, if there is one. */
static bool has_segments_in_tunnel(const struct sk_buff *skb)
{
	return unlikely(skb_is_gso(skb) && skb->encapsulation);
}

static void __mgw_hot rewrite_udp(struct mgw_packet *pkt, __wsum pseudo,
				  __wsum ports)
{
	const struct mgw_session *sess = pkt->sess;
	struct udphdr *uh = mgw_packet_udp(pkt);
	__wsum both = csum_add(pseudo, ports);

	if (pkt->dir == MGW_DIR_FROM_CLIENT) {
		uh->source = sess->lport;
		uh->dest = sess->rport;
	} else {
		uh->source = sess->vport;
		uh->dest = sess->cport;
	}
	if (pkt->lacks_sum ||
	    (uh->check && has_segments_in_tunnel(pkt->skb)))
		uh->check = mgw_csum_apply_partial(uh->check, pseudo);
	else if (uh->check)
		uh->check = mgw_csum_udp(mgw_csum_apply(uh->check, both));
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

	mgw_packet_set_id(pkt, iph);
	csum_replace2(&iph->check, old, iph->id);
}

static void __mgw_hot rewrite_ipv4(struct mgw_packet *pkt, __wsum pseudo)
{
	const struct mgw_session *sess = pkt->sess;
	struct iphdr *iph = ip_hdr(pkt->skb);

	if (pkt->dir == MGW_DIR_FROM_CLIENT) {
		iph->saddr = sess->laddr.ip;
		iph->daddr = sess->raddr.ip;
	} else {
		iph->saddr = sess->vaddr.ip;
		iph->daddr = sess->caddr.ip;
	}
	/* Both addresses are all of the pseudo header that changes. */
	iph->check = mgw_csum_apply(iph->check, pseudo);
	ip_decrease_ttl(iph);
	/* As ip_forward() does, and that of IPv6 does not. */
	pkt->skb->priority = rt_tos2priority(iph->tos);
	if (needs_id(pkt->skb, iph))
		renew_id(pkt, iph);
}

static void __mgw_hot rewrite_ipv6(struct mgw_packet *pkt)
{
	const struct mgw_session *sess = pkt->sess;
	struct ipv6hdr *ip6h = ipv6_hdr(pkt->skb);

	if (pkt->dir == MGW_DIR_FROM_CLIENT) {
		ip6h->saddr = sess->laddr.in6;
		ip6h->daddr = sess->raddr.in6;
	} else {
		ip6h->saddr = sess->vaddr.in6;
		ip6h->daddr = sess->caddr.in6;
	}
	ip6h->hop_limit--;
}

enum mgw_verdict __mgw_hot mgw_nat_rewrite(struct mgw_packet *pkt)
{
	const struct mgw_session *sess = pkt->sess;
	struct sk_buff *skb = pkt->skb;
	__wsum pseudo, ports;

	mgw_assert_packet(pkt);
	if (unlikely(skb_ensure_writable(skb, pkt->l4 + pkt->l4_len)))
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_MEMORY);
	/* As any forwarder: the sum of the device is not kept up to date. */
	skb_forward_csum(skb);
	skb_set_transport_header(skb, pkt->l4);

	pseudo = sess->diff_pseudo;
	ports = sess->diff_ports;
	if (pkt->dir == MGW_DIR_FROM_RS) {
		pseudo = ~pseudo;
		ports = ~ports;
	}
	if (unlikely(pkt->tuple.family != mgw_packet_new_family(pkt)))
		mgw_nat_xlat_checksum(pkt);
	if (pkt->tuple.proto == IPPROTO_TCP)
		rewrite_tcp(pkt, pseudo, ports);
	else
		rewrite_udp(pkt, pseudo, ports);

	if (unlikely(pkt->tuple.family != mgw_packet_new_family(pkt)))
		return mgw_nat_xlat(pkt);
	if (pkt->tuple.family == AF_INET)
		rewrite_ipv4(pkt, pseudo);
	else
		rewrite_ipv6(pkt);
	return MGW_CONTINUE;
}
