// SPDX-License-Identifier: GPL-2.0
/* ICMP errors from one IP version to the other, RFC 7915. Pure: any context. */
#include "icmp_xlat.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/ip.h>
#include <net/ipv6.h>

/* By how much the header of IPv6 is longer. */
#define GROWTH ((int)(sizeof(struct ipv6hdr) - sizeof(struct iphdr)))
#define NOWHERE 0xff

/* Figures 3 and 6: where a field of one header is in the other one. */
static const u8 pointer_to_v6[sizeof(struct iphdr)] = {
	0, 1, 4, 4, NOWHERE, NOWHERE, NOWHERE, NOWHERE, 7, 6,
	NOWHERE, NOWHERE, 8, 8, 8, 8, 24, 24, 24, 24,
};

static u8 pointer_to_v4(u32 pointer)
{
	static const u8 first[8] = { 0, 1, NOWHERE, NOWHERE, 2, 2, 9, 8 };

	if (pointer < ARRAY_SIZE(first))
		return first[pointer];
	if (pointer < 24)
		return 12;
	return pointer < sizeof(struct ipv6hdr) ? 16 : NOWHERE;
}

static bool unreach_to_v6(struct mgw_icmp_head *head)
{
	u32 mtu = head->info & 0xffff;

	head->type = ICMPV6_DEST_UNREACH;
	head->info = 0;
	switch (head->code) {
	case ICMP_PROT_UNREACH:
		head->type = ICMPV6_PARAMPROB;
		head->code = ICMPV6_UNK_NEXTHDR;
		head->info = offsetof(struct ipv6hdr, nexthdr);
		return true;
	case ICMP_PORT_UNREACH:
		head->code = ICMPV6_PORT_UNREACH;
		return true;
	case ICMP_FRAG_NEEDED:
		head->type = ICMPV6_PKT_TOOBIG;
		head->code = 0;
		head->info = max_t(u32, mtu + GROWTH, IPV6_MIN_MTU);
		return true;
	case ICMP_NET_ANO:
	case ICMP_HOST_ANO:
	case ICMP_PKT_FILTERED:
	case ICMP_PREC_CUTOFF:
		head->code = ICMPV6_ADM_PROHIBITED;
		return true;
	case ICMP_PREC_VIOLATION:
		return false;
	default:
		if (head->code > NR_ICMP_UNREACH)
			return false;
		head->code = ICMPV6_NOROUTE;
		return true;
	}
}

bool mgw_icmp_to_v6(struct mgw_icmp_head *head)
{
	u8 pointer = head->info >> 24;

	switch (head->type) {
	case ICMP_DEST_UNREACH:
		return unreach_to_v6(head);
	case ICMP_TIME_EXCEEDED:
		head->type = ICMPV6_TIME_EXCEED;
		head->info = 0;
		return true;
	case ICMP_PARAMETERPROB:
		/* Code 1, a required option is missing, has no counterpart. */
		if ((head->code != 0 && head->code != 2) ||
		    pointer >= sizeof(pointer_to_v6) ||
		    pointer_to_v6[pointer] == NOWHERE)
			return false;
		head->type = ICMPV6_PARAMPROB;
		head->code = ICMPV6_HDR_FIELD;
		head->info = pointer_to_v6[pointer];
		return true;
	default:
		return false;
	}
}

static bool unreach_to_v4(struct mgw_icmp_head *head)
{
	head->type = ICMP_DEST_UNREACH;
	head->info = 0;
	switch (head->code) {
	case ICMPV6_NOROUTE:
	case ICMPV6_NOT_NEIGHBOUR:
	case ICMPV6_ADDR_UNREACH:
		head->code = ICMP_HOST_UNREACH;
		return true;
	case ICMPV6_ADM_PROHIBITED:
		head->code = ICMP_HOST_ANO;
		return true;
	case ICMPV6_PORT_UNREACH:
		head->code = ICMP_PORT_UNREACH;
		return true;
	default:
		return false;
	}
}

static bool parameter_to_v4(struct mgw_icmp_head *head)
{
	u8 pointer = pointer_to_v4(head->info);

	if (head->code == ICMPV6_UNK_NEXTHDR) {
		head->type = ICMP_DEST_UNREACH;
		head->code = ICMP_PROT_UNREACH;
		head->info = 0;
		return true;
	}
	if (head->code != ICMPV6_HDR_FIELD || pointer == NOWHERE)
		return false;
	head->type = ICMP_PARAMETERPROB;
	head->code = 0;
	head->info = (u32)pointer << 24;
	return true;
}

bool mgw_icmp_to_v4(struct mgw_icmp_head *head)
{
	switch (head->type) {
	case ICMPV6_DEST_UNREACH:
		return unreach_to_v4(head);
	case ICMPV6_PKT_TOOBIG:
		head->type = ICMP_DEST_UNREACH;
		head->code = ICMP_FRAG_NEEDED;
		head->info = clamp_t(s64, (s64)head->info - GROWTH,
				     IPV4_MIN_MTU, U16_MAX);
		return true;
	case ICMPV6_TIME_EXCEED:
		head->type = ICMP_TIME_EXCEEDED;
		head->info = 0;
		return true;
	case ICMPV6_PARAMPROB:
		return parameter_to_v4(head);
	default:
		return false;
	}
}
