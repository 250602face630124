/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses of either family in one type. The unused bytes of a stored IPv4
 * address are zero, so whole unions may be hashed and compared.
 */
#ifndef MGW_ADDR_H
#define MGW_ADDR_H

#include <linux/netfilter.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <net/ipv6.h>

static inline unsigned int mgw_addr_len(u8 family)
{
	return family == AF_INET6 ? sizeof(struct in6_addr) :
				    sizeof(struct in_addr);
}

static inline bool mgw_addr_equal(const union nf_inet_addr *a,
				  const union nf_inet_addr *b, u8 family)
{
	if (family == AF_INET)
		return a->ip == b->ip;
	return ipv6_addr_equal(&a->in6, &b->in6);
}

static inline void mgw_addr_set(union nf_inet_addr *to, const void *from,
				u8 family)
{
	memset(to, 0, sizeof(*to));
	memcpy(to, from, mgw_addr_len(family));
}

/* Whether an address can name one host: what a client, service, rs has. */
static inline bool mgw_addr_is_unicast(const union nf_inet_addr *a, u8 family)
{
	if (family == AF_INET)
		return !ipv4_is_zeronet(a->ip) && !ipv4_is_multicast(a->ip) &&
		       !ipv4_is_lbcast(a->ip) && !ipv4_is_loopback(a->ip);
	return !ipv6_addr_any(&a->in6) && !ipv6_addr_is_multicast(&a->in6) &&
	       !ipv6_addr_loopback(&a->in6) && !ipv6_addr_v4mapped(&a->in6) &&
	       !(ipv6_addr_type(&a->in6) & IPV6_ADDR_LINKLOCAL);
}

static inline u64 mgw_addr_half(const union nf_inet_addr *a, int first)
{
	return (u64)ntohl(a->ip6[first]) << 32 | ntohl(a->ip6[first + 1]);
}

/* The address @steps after it; no family has one after its last. */
static inline void mgw_addr_add(union nf_inet_addr *a, u32 steps, u8 family)
{
	u64 low;

	if (family == AF_INET) {
		be32_add_cpu(&a->ip, steps);
		return;
	}
	low = mgw_addr_half(a, 2) + steps;
	a->ip6[2] = htonl(low >> 32);
	a->ip6[3] = htonl(low);
	if (low >= steps)
		return;
	be32_add_cpu(&a->ip6[1], 1);
	if (!a->ip6[1])
		be32_add_cpu(&a->ip6[0], 1);
}

/* Whether @a comes before @b, of the same family. */
static inline bool mgw_addr_before(const union nf_inet_addr *a,
				   const union nf_inet_addr *b, u8 family)
{
	return memcmp(a, b, mgw_addr_len(family)) < 0;
}

/* How many steps from @a to @b, which is not before it; U64_MAX if many. */
static inline u64 mgw_addr_distance(const union nf_inet_addr *a,
				    const union nf_inet_addr *b, u8 family)
{
	u64 low;

	if (family == AF_INET)
		return ntohl(b->ip) - ntohl(a->ip);
	low = mgw_addr_half(b, 2) - mgw_addr_half(a, 2);
	if (mgw_addr_half(b, 0) - mgw_addr_half(a, 0) !=
	    (mgw_addr_half(b, 2) < mgw_addr_half(a, 2)))
		return U64_MAX;
	return low;
}

#endif /* MGW_ADDR_H */
