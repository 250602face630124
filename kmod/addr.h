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

#endif /* MGW_ADDR_H */
