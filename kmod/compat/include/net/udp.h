/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A namespace may have a table of sockets of its own since 6.2; the newest kernels
 * find it unasked (probe.mk).
 */
#ifndef MGW_COMPAT_UDP_H
#define MGW_COMPAT_UDP_H

#include_next <net/udp.h>
#include <linux/version.h>
#include <net/transp_v6.h>

#ifdef MGW_UDP_TABLE_IS_GIVEN
static inline struct udp_table *mgw_udp_table(struct net *net)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
	return &udp_table;
#else
	return net->ipv4.udp_table;
#endif
}
#endif

static inline struct sock *
mgw_udp4_lookup(struct net *net, __be32 saddr, __be16 sport, __be32 daddr,
		__be16 dport, int dif, int sdif)
{
#ifdef MGW_UDP_TABLE_IS_GIVEN
	return __udp4_lib_lookup(net, saddr, sport, daddr, dport, dif, sdif,
				 mgw_udp_table(net), NULL);
#else
	return __udp4_lib_lookup(net, saddr, sport, daddr, dport, dif, sdif,
				 NULL);
#endif
}

static inline struct sock *
mgw_udp6_lookup(struct net *net, const struct in6_addr *saddr, __be16 sport,
		const struct in6_addr *daddr, __be16 dport, int dif, int sdif)
{
#ifdef MGW_UDP_TABLE_IS_GIVEN
	return __udp6_lib_lookup(net, saddr, sport, daddr, dport, dif, sdif,
				 mgw_udp_table(net), NULL);
#else
	return __udp6_lib_lookup(net, saddr, sport, daddr, dport, dif, sdif,
				 NULL);
#endif
}

#endif /* MGW_COMPAT_UDP_H */
