/* SPDX-License-Identifier: GPL-2.0 */
/* A packet on its way through the steps: parsed once, passed to each. */
#ifndef MGW_PACKET_H
#define MGW_PACKET_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/dsfield.h>
#include <net/ip.h>
#include <net/sock.h>

#include "dir.h"
#include "mnet.h"
#include "session.h"
#include "tcp_track.h"

struct mgw_interest;
struct mgw_service;

typedef int mgw_okfn_t(struct net *net, struct sock *sk, struct sk_buff *skb);

/* Where a packet came in. */
enum mgw_hook {
	/* Nowhere: it was made here. */
	MGW_HOOK_NONE,
	/* Netfilter's, of every device. */
	MGW_HOOK_PREROUTING,
	/* Of a device that is attached, before the stack. */
	MGW_HOOK_INGRESS,
};

/* What becomes of a packet. */
enum mgw_verdict {
	/* Ours: the steps go on. */
	MGW_CONTINUE,
	/* Not ours: the stack goes on with it. */
	MGW_ACCEPT,
	/* Freed by the caller; the counter has been told why. */
	MGW_DROP,
	/* Sent, queued or freed: nobody may touch it. */
	MGW_STOLEN,
	/* For another CPU, see mgw_hand_over(). Carried out by entry.c alone. */
	MGW_HAND_OVER,
	/* Has to wait until sessions have moved between CPUs. Likewise. */
	MGW_DEFER,
};

/**
 * struct mgw_packet - one packet in the hands of one CPU
 * @mnet: namespace
 * @mc: this CPU's part of it
 * @skb: the packet; headers may move whenever it is pulled or made writable,
 *	so steps keep offsets and ask for pointers anew
 * @tuple: addresses, ports, protocol; the family is the packet's
 * @hash: mgw_tuple_hash() of @tuple, made when its session is looked for
 * @hash64: see mgw_packet_hash64()
 * @l4: offset of the TCP or UDP header from skb->data
 * @l4_len: length of that header, with TCP's options
 * @hook: where it came in
 * @okfn: of MGW_HOOK_PREROUTING: where the stack goes on with it, netfilter's own
 * @interest: why its destination concerns us; NULL when only its source, its mark,
 *	or what it quotes, may
 * @ipsec: policy may have to do with it, see mgw_ipsec_matters()
 * @lacks_sum: the device makes the sum of the transport header, whose field has that
 *	of the pseudo header until then. The sum to be made may be that of a header
 *	further in instead (VXLAN).
 * @dst: the route it leaves by, from mgw_xmit_route() on; borrowed from the session
 *	or its caller for as long as RCU lets us run
 * @mtu: what may leave by it, IPsec around it
 * @unclaimed: the director has just had no word of it
 * @needs_stack: the stack's own output must send it, as it cuts it up
 * @to_cpu: the one it is to be handed to, with MGW_HAND_OVER
 * @hops: how often one CPU has handed it to another, since it last waited for
 *	sessions on the move; at most MGW_STEER_HOPS
 * @spilled: a CPU without a local port for it has handed it on, which the next does
 *	not; since the same
 * @dir: who sent it, once @sess is known
 * @svc: its service, when a step before mgw_admit() has looked for it
 * @sess: its session
 * @rare_options: a SYN has one of fast open's or a higher number, as TOA has;
 *	other segments were not looked at
 * @seg: TCP's numbers and flags, as on the wire
 */
struct mgw_packet {
	struct mgw_net *mnet;
	struct mgw_cpu *mc;
	struct sk_buff *skb;
	mgw_okfn_t *okfn;
	const struct mgw_interest *interest;
	struct mgw_tuple tuple;
	struct dst_entry *dst;
	u64 hash64;
	u32 hash;
	u16 l4;
	u16 l4_len;
	unsigned int mtu;
	unsigned int to_cpu;
	enum mgw_hook hook;
	u8 hops;
	bool spilled;
	bool ipsec;
	bool lacks_sum;
	bool unclaimed;
	bool needs_stack;
	bool rare_options;
	enum mgw_dir dir;
	const struct mgw_service *svc;
	struct mgw_session *sess;
	struct mgw_tcp_seg seg;
};

/* Of each step that touches the session or what its CPU has. */
static inline void mgw_assert_packet(const struct mgw_packet *pkt)
{
	mgw_assert_owner(pkt->mc);
	if (pkt->sess)
		mgw_assert_session(pkt->sess);
}

static inline enum mgw_verdict mgw_drop(const struct mgw_packet *pkt,
					enum mgw_counter why)
{
	mgw_counters_inc(&pkt->mc->counters, why);
	return MGW_DROP;
}

/* @cpu: whose it is, or who may have room for it. */
static inline enum mgw_verdict mgw_hand_over(struct mgw_packet *pkt,
					     unsigned int cpu)
{
	pkt->to_cpu = cpu;
	return MGW_HAND_OVER;
}

/* Key of the director: the same on each CPU, made when it is first asked for. */
static inline u64 mgw_packet_hash64(struct mgw_packet *pkt)
{
	if (!pkt->hash64)
		pkt->hash64 = mgw_tuple_hash64(pkt->mnet, &pkt->tuple);
	return pkt->hash64;
}

/* Whether the hook in PRE_ROUTING is still to come, and sees what we leave. */
static inline bool mgw_packet_at_ingress(const struct mgw_packet *pkt)
{
	return pkt->hook == MGW_HOOK_INGRESS;
}

/* Not ours. Counted by the last hook, as it would be counted twice. */
static inline enum mgw_verdict mgw_pass(const struct mgw_packet *pkt,
					enum mgw_counter why)
{
	if (!mgw_packet_at_ingress(pkt))
		mgw_counters_inc(&pkt->mc->counters, why);
	return MGW_ACCEPT;
}

/* Left to the stack; see mgw_pass(). */
static inline void mgw_packet_passed(const struct mgw_packet *pkt)
{
	if (mgw_packet_at_ingress(pkt))
		mgw_counters_inc(&pkt->mc->counters,
				 MGW_COUNTER_INGRESS_PASSED);
}

/*
 * For the host's own stack to judge, whatever its addresses are: sent to all in
 * the link or to another station, or tc has found a socket of this host for it
 * (bpf_sk_assign()).
 */
static inline bool mgw_packet_is_hosts(struct sk_buff *skb)
{
	return skb->pkt_type != PACKET_HOST || skb_sk_is_prefetched(skb);
}

static inline struct tcphdr *mgw_packet_tcp(const struct mgw_packet *pkt)
{
	return (struct tcphdr *)(pkt->skb->data + pkt->l4);
}

static inline struct udphdr *mgw_packet_udp(const struct mgw_packet *pkt)
{
	return (struct udphdr *)(pkt->skb->data + pkt->l4);
}

/* TTL, or hop limit. */
static __always_inline u8 mgw_packet_hop_limit(const struct mgw_packet *pkt)
{
	return pkt->tuple.family == AF_INET ? ip_hdr(pkt->skb)->ttl :
					      ipv6_hdr(pkt->skb)->hop_limit;
}

/* TOS, or traffic class. */
static inline u8 mgw_packet_tos(const struct mgw_packet *pkt)
{
	return pkt->tuple.family == AF_INET ?
	       ip_hdr(pkt->skb)->tos : ipv6_get_dsfield(ipv6_hdr(pkt->skb));
}

/* Family of a packet once it is rewritten. */
static inline u8 mgw_packet_new_family(const struct mgw_packet *pkt)
{
	return mgw_session_family(pkt->sess, mgw_dir_other(pkt->dir));
}

/* Bytes a packet grows by, negative when it shrinks. */
static inline int mgw_packet_growth(const struct mgw_packet *pkt)
{
	if (likely(pkt->tuple.family == mgw_packet_new_family(pkt)))
		return 0;
	return mgw_packet_new_family(pkt) == AF_INET6 ?
	       (int)sizeof(struct ipv6hdr) - pkt->l4 :
	       (int)sizeof(struct iphdr) - pkt->l4;
}

/**
 * mgw_packet_parse() - addresses, ports and TCP numbers
 * @pkt: with mnet, mc, skb and tuple.family set; skb->data is the IP header,
 *	which the stack has validated, fragments are put together
 *
 * Pulls all headers into the linear part. Bytes are read once, here.
 *
 * Return: MGW_CONTINUE; MGW_ACCEPT for protocols that have no sessions (ICMP
 * errors may be about some, see icmp.h); MGW_DROP
 * for headers that lie.
 */
enum mgw_verdict mgw_packet_parse(struct mgw_packet *pkt);

/* Of the jumbo option in front of the transport header, which no segment has; or 0. */
unsigned int mgw_packet_jumbo_len(const struct mgw_packet *pkt);

/**
 * mgw_packet_shed_jumbo() - take the jumbo option away before a packet is cut up
 * @pkt: parsed
 *
 * It must not be in the pieces. Kernels that have it take it away themselves when
 * they cut up a frame; of a packet without a link-layer header, which is what we
 * have, they overwrite the first bytes of TCP's header: ipv6_gso_segment() of 6.1
 * moves the 14 bytes of Ethernet in any case.
 *
 * Return: false without memory.
 */
bool mgw_packet_shed_jumbo(struct mgw_packet *pkt);

#endif /* MGW_PACKET_H */
