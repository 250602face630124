// SPDX-License-Identifier: GPL-2.0
/*
 * Encapsulation: IPIP, GUE and GRE, over either family, of either family.
 * Softirq of the owner. Segments of super-packets get their headers where the
 * stack or the device cuts them up.
 */
#include "tunnel.h"

#include <net/gre.h>
#include <net/dsfield.h>
#include <net/gue.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ip_tunnels.h>
#include <net/route.h>
#include <net/udp.h>

#include "rs.h"
#include "skb.h"

/* What @rs wants now: read once, as it may be changed meanwhile. */
struct shape {
	u8 type;
	bool checksum;
	__be16 port;
	unsigned int len;
};

static struct shape shape_of(const struct mgw_rs *rs)
{
	struct shape shape = {
		.type = READ_ONCE(rs->tunnel.type),
		.checksum = READ_ONCE(rs->tunnel.checksum),
		.port = READ_ONCE(rs->tunnel.port),
	};

	if (shape.type == MGW_TUNNEL_GUE)
		shape.len = sizeof(struct udphdr) + sizeof(struct guehdr);
	else if (shape.type == MGW_TUNNEL_GRE)
		shape.len = sizeof(struct gre_base_hdr) +
			    (shape.checksum ? sizeof(__be32) : 0);
	return shape;
}

static unsigned int outer_len(const struct mgw_rs *rs)
{
	return rs->family == AF_INET6 ? sizeof(struct ipv6hdr) :
					sizeof(struct iphdr);
}

unsigned int mgw_tunnel_overhead(const struct mgw_rs *rs)
{
	return outer_len(rs) + shape_of(rs).len;
}

static u8 inner_proto(const struct mgw_packet *pkt)
{
	return pkt->tuple.family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IPIP;
}

u8 mgw_tunnel_proto(const struct mgw_packet *pkt, __be16 *dport)
{
	struct shape shape = shape_of(pkt->sess->rs);

	mgw_assert_packet(pkt);
	switch (shape.type) {
	case MGW_TUNNEL_GUE:
		*dport = shape.port;
		return IPPROTO_UDP;
	case MGW_TUNNEL_GRE:
		return IPPROTO_GRE;
	default:
		return inner_proto(pkt);
	}
}

/* How the stack cuts the result into segments. */
static int offload(struct mgw_packet *pkt, const struct shape *shape, u8 outer)
{
	int ipxip = outer == AF_INET6 ? SKB_GSO_IPXIP6 : SKB_GSO_IPXIP4;
	struct sk_buff *skb = pkt->skb;
	int type;

	switch (shape->type) {
	case MGW_TUNNEL_GUE:
		type = ipxip | (shape->checksum ? SKB_GSO_UDP_TUNNEL_CSUM :
						  SKB_GSO_UDP_TUNNEL);
		break;
	case MGW_TUNNEL_GRE:
		type = shape->checksum ? SKB_GSO_GRE_CSUM : SKB_GSO_GRE;
		break;
	default:
		type = ipxip;
	}
	if (iptunnel_handle_offloads(skb, type))
		return -ENOMEM;
	if (shape->type == MGW_TUNNEL_GRE)
		skb_set_inner_protocol(skb, skb->protocol);
	else
		skb_set_inner_ipproto(skb, inner_proto(pkt));
	/*
	 * Where tunnels are cut up their headers end at the inner MAC header,
	 * which still is that of the frame the packet came in.
	 */
	skb_set_inner_mac_header(skb, skb_inner_network_offset(skb));
	return 0;
}

static void push_gue(struct mgw_packet *pkt, const struct shape *shape,
		     __be16 source_port, const union nf_inet_addr *source)
{
	const struct mgw_rs *rs = pkt->sess->rs;
	struct sk_buff *skb = pkt->skb;
	struct guehdr *gue;
	struct udphdr *uh;

	gue = skb_push(skb, sizeof(*gue));
	memset(gue, 0, sizeof(*gue));
	gue->proto_ctype = inner_proto(pkt);
	uh = skb_push(skb, sizeof(*uh));
	skb_reset_transport_header(skb);
	uh->source = source_port;
	uh->dest = shape->port;
	uh->len = htons(skb->len);
	if (rs->family == AF_INET6)
		udp6_set_csum(!shape->checksum, skb, &source->in6,
			      &rs->raddr.in6, skb->len);
	else
		udp_set_csum(!shape->checksum, skb, source->ip, rs->raddr.ip,
			     skb->len);
}

static void push_gre(struct mgw_packet *pkt, const struct shape *shape)
{
	struct sk_buff *skb = pkt->skb;
	struct gre_base_hdr *gre;
	__sum16 *check;

	gre = skb_push(skb, shape->len);
	skb_reset_transport_header(skb);
	memset(gre, 0, shape->len);
	gre->protocol = pkt->tuple.family == AF_INET6 ? htons(ETH_P_IPV6) :
							htons(ETH_P_IP);
	if (!shape->checksum)
		return;
	gre->flags = GRE_CSUM;
	/* Of a super-packet each segment gets its own. */
	if (skb_is_gso(skb))
		return;
	check = (__sum16 *)(gre + 1);
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		*check = csum_fold(lco_csum(skb));
	else
		*check = csum_fold(skb_checksum(skb, 0, skb->len, 0));
}

static u8 outer_tos(const struct mgw_packet *pkt)
{
	u8 inner = mgw_packet_tos(pkt);

	return INET_ECN_encapsulate(inner, inner);
}

enum mgw_verdict mgw_tunnel_wrap(struct mgw_packet *pkt,
				 struct mgw_tuple *outer, bool cut)
{
	const struct mgw_rs *rs = pkt->sess->rs;
	struct mgw_ip_head head = {
		.tos = outer_tos(pkt),
		.df = !cut,
		.needs_id = true,
	};
	struct shape shape = shape_of(rs);
	struct sk_buff *skb = pkt->skb;
	__be16 port = 0;

	mgw_assert_packet(pkt);
	/* Its length was looked at before, but with another shape perhaps. */
	if (skb->len + outer_len(rs) + shape.len > IP_MAX_MTU)
		return mgw_drop(pkt, MGW_COUNTER_DROP_TOO_BIG);
	if (skb_cow_head(skb, outer_len(rs) + shape.len +
			 LL_RESERVED_SPACE(pkt->dst->dev)))
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_MEMORY);
	skb_forward_csum(skb);
	skb_set_transport_header(skb, pkt->l4);
	/* Tells flows apart on the way; of the headers that are still first. */
	if (shape.type == MGW_TUNNEL_GUE)
		port = udp_flow_src_port(pkt->mnet->net, skb, 0, 0, false);
	if (offload(pkt, &shape, rs->family))
		return mgw_drop(pkt, MGW_COUNTER_DROP_NO_MEMORY);
	switch (shape.type) {
	case MGW_TUNNEL_GUE:
		push_gue(pkt, &shape, port, &outer->saddr);
		outer->proto = IPPROTO_UDP;
		break;
	case MGW_TUNNEL_GRE:
		push_gre(pkt, &shape);
		outer->proto = IPPROTO_GRE;
		break;
	default:
		skb_reset_transport_header(skb);
		outer->proto = inner_proto(pkt);
	}
	head.ttl = rs->family == AF_INET6 ? ip6_dst_hoplimit(pkt->dst) :
					    ip4_dst_hoplimit(pkt->dst);
	mgw_skb_push_ip(pkt->mnet->net, skb, outer, &head);
	skb->ignore_df = cut;
	return MGW_CONTINUE;
}
