// SPDX-License-Identifier: GPL-2.0
/* Asks the stack. Any context; see host.h for what it takes. */
#include "host.h"

#include <linux/netdevice.h>
#include <net/addrconf.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include <net/tcp.h>
#include <net/udp.h>

#include "session.h"

bool mgw_host_has_addr(struct net *net, const union nf_inet_addr *addr,
		       u8 family)
{
	if (family == AF_INET)
		return inet_addr_type(net, addr->ip) == RTN_LOCAL;
	return ipv6_chk_addr(net, &addr->in6, NULL, 0) ||
	       ipv6_addr_loopback(&addr->in6);
}

static bool has_tcp(struct net *net, const struct mgw_tuple *tuple, int dif,
		    int sdif)
{
	struct sock *sk;

	if (tuple->family == AF_INET)
		sk = mgw_tcp4_lookup(net, tuple->saddr.ip, tuple->sport,
				     tuple->daddr.ip, tuple->dport, dif, sdif);
	else
		sk = mgw_tcp6_lookup(net, &tuple->saddr.in6, tuple->sport,
				     &tuple->daddr.in6, tuple->dport, dif,
				     sdif);
	if (!sk)
		return false;
	sock_gen_put(sk);
	return true;
}

/* RCU keeps the socket. */
static bool has_udp(struct net *net, const struct mgw_tuple *tuple, int dif,
		    int sdif)
{
	if (tuple->family == AF_INET)
		return mgw_udp4_lookup(net, tuple->saddr.ip, tuple->sport,
				       tuple->daddr.ip, tuple->dport, dif,
				       sdif);
	return mgw_udp6_lookup(net, &tuple->saddr.in6, tuple->sport,
			       &tuple->daddr.in6, tuple->dport, dif, sdif);
}

bool mgw_host_has(struct net *net, const struct mgw_tuple *tuple,
		  const struct net_device *dev)
{
	int dif = 0, sdif = 0;

	if (dev) {
		dif = dev->ifindex;
		/* Its sockets are of the VRF. */
		if (netif_is_l3_slave(dev)) {
			sdif = dif;
			dif = l3mdev_master_ifindex_rcu(dev);
		}
	}
	if (tuple->proto == IPPROTO_TCP)
		return has_tcp(net, tuple, dif, sdif);
	return has_udp(net, tuple, dif, sdif);
}
