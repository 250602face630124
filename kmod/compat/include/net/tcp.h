/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A namespace may have a table of sockets of its own since 6.1; the newest kernels
 * find it unasked (probe.mk).
 */
#ifndef MGW_COMPAT_TCP_H
#define MGW_COMPAT_TCP_H

#include_next <net/tcp.h>
#include <linux/version.h>
#include <net/inet6_hashtables.h>

#ifdef MGW_TCP_TABLE_IS_GIVEN
static inline struct inet_hashinfo *mgw_tcp_table(struct net *net)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
	return &tcp_hashinfo;
#else
	return net->ipv4.tcp_death_row.hashinfo;
#endif
}
#endif

static inline struct sock *
mgw_tcp4_lookup(struct net *net, __be32 saddr, __be16 sport, __be32 daddr,
		__be16 dport, int dif, int sdif)
{
#ifdef MGW_TCP_TABLE_IS_GIVEN
	return __inet_lookup_established(net, mgw_tcp_table(net), saddr, sport,
					 daddr, ntohs(dport), dif, sdif);
#else
	return __inet_lookup_established(net, saddr, sport, daddr,
					 ntohs(dport), dif, sdif);
#endif
}

static inline struct sock *
mgw_tcp6_lookup(struct net *net, const struct in6_addr *saddr, __be16 sport,
		const struct in6_addr *daddr, __be16 dport, int dif, int sdif)
{
#ifdef MGW_TCP_TABLE_IS_GIVEN
	return __inet6_lookup_established(net, mgw_tcp_table(net), saddr,
					  sport, daddr, ntohs(dport), dif,
					  sdif);
#else
	return __inet6_lookup_established(net, saddr, sport, daddr,
					  ntohs(dport), dif, sdif);
#endif
}

#endif /* MGW_COMPAT_TCP_H */
