/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Since 6.10 a device that only carries NAPIs is allocated, not embedded; since
 * 6.1 a NAPI has the usual weight unasked.
 */
#ifndef MGW_COMPAT_NETDEVICE_H
#define MGW_COMPAT_NETDEVICE_H

#include_next <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#define netif_napi_add(dev, napi, poll) \
	netif_napi_add(dev, napi, poll, NAPI_POLL_WEIGHT)
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
static inline struct net_device *alloc_netdev_dummy(int sizeof_priv)
{
	struct net_device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (dev)
		init_dummy_netdev(dev);
	return dev;
}

/* free_netdev() wants one that alloc_netdev() made. */
static inline void free_netdev_dummy(struct net_device *dev)
{
	kfree(dev);
}
#else
static inline void free_netdev_dummy(struct net_device *dev)
{
	free_netdev(dev);
}
#endif

#endif /* MGW_COMPAT_NETDEVICE_H */
