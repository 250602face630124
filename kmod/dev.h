/* SPDX-License-Identifier: GPL-2.0 */
/* Network devices whose packets come to us before the stack looks at them. */
#ifndef MGW_DEV_H
#define MGW_DEV_H

#include <linux/if.h>
#include <linux/list.h>
#include <linux/netfilter.h>
#include <linux/rcupdate.h>

struct mgw_net;
struct net_device;
struct netlink_ext_ack;

/**
 * struct mgw_dev - one attached device
 * @list: link of mnet->devs
 * @mnet: namespace
 * @dev: the device, without a reference: it cannot leave before our notifier
 *	has detached it
 * @name: by which listeners know it: that of @dev, but while that changes
 * @ops: the hook, which is given @mnet and never this struct
 * @rcu: frees it; netfilter compares the address of @ops until then
 *
 * RTNL protects all of it.
 */
struct mgw_dev {
	struct list_head list;
	struct mgw_net *mnet;
	struct net_device *dev;
	char name[IFNAMSIZ];
	struct nf_hook_ops ops;
	struct rcu_head rcu;
};

/**
 * mgw_dev_attach() - register the ingress hook of a device
 * @mnet: namespace, started
 * @name: of a device in it
 * @extack: gets a sentence when it refuses
 *
 * Context: process, RTNL held, without mnet->config_lock.
 * Return: what it made; -EEXIST, -ENODEV, -EBUSY when another device gets the
 * packets of this one, -EOPNOTSUPP for loopback, or what netfilter says.
 */
struct mgw_dev *mgw_dev_attach(struct mgw_net *mnet, const char *name,
			       struct netlink_ext_ack *extack);

/* Whether attach would refuse it for what it is. RTNL held. */
int mgw_dev_check_attach(struct mgw_net *mnet, const char *name,
			 struct netlink_ext_ack *extack);

/* Closes it. The same context. */
void mgw_dev_detach(struct mgw_dev *mdev);

/**
 * mgw_dev_find() - an attached device by its name
 * @mnet: namespace
 * @name: as it is now
 * @extack: gets a sentence when there is none
 *
 * Context: RTNL held.
 * Return: -ENODEV without the device, -ENOENT when it is not attached.
 */
struct mgw_dev *mgw_dev_find(struct mgw_net *mnet, const char *name,
			     struct netlink_ext_ack *extack);

/*
 * Process context, without RTNL. init: of a namespace, touches nothing that
 * others see. start: from now on devices that leave are noticed. stop: all
 * are detached; a grace period later no packet is in the hook.
 */
void mgw_devs_init(struct mgw_net *mnet);
int mgw_devs_start(struct mgw_net *mnet);
void mgw_devs_stop(struct mgw_net *mnet);

#endif /* MGW_DEV_H */
