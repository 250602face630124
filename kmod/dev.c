// SPDX-License-Identifier: GPL-2.0
/*
 * Attached devices. RTNL is their lock: a device that is renamed, leaves or
 * moves to another namespace does so under it, and registration of a hook takes
 * cpus_read_lock(), which must not be taken under mnet->config_lock.
 */
#include "dev.h"

#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "mnet.h"
#include "objects.h"
#include "notify.h"

static void changed(struct mgw_net *mnet)
{
	if (!++mnet->dev_generation)
		mnet->dev_generation = 1;
}

static struct mgw_dev *find(struct mgw_net *mnet, const struct net_device *dev)
{
	struct mgw_dev *mdev;

	ASSERT_RTNL();
	list_for_each_entry(mdev, &mnet->devs, list)
		if (mdev->dev == dev)
			return mdev;
	return NULL;
}

static struct net_device *by_name(struct mgw_net *mnet, const char *name,
				  struct netlink_ext_ack *extack)
{
	struct net_device *dev = __dev_get_by_name(mnet->net, name);

	if (!dev)
		NL_SET_ERR_MSG(extack, "no such device in this network namespace");
	return dev;
}

/*
 * Packets of a port of a bridge, bond or team are its master's. One that gets
 * its master later is left alone by the hook itself, packet by packet.
 */
static int check(struct mgw_net *mnet, struct net_device *dev,
		 struct netlink_ext_ack *extack)
{
	if (find(mnet, dev)) {
		NL_SET_ERR_MSG(extack, "device is attached already");
		return -EEXIST;
	}
	if (dev->flags & IFF_LOOPBACK) {
		NL_SET_ERR_MSG(extack,
			       "loopback carries the host's own packets: attach the devices towards clients and real servers");
		return -EOPNOTSUPP;
	}
	if (netdev_is_rx_handler_busy(dev)) {
		NL_SET_ERR_MSG(extack,
			       "another device gets the packets of this one (bridge, bond, team, macvlan, ipvlan): attach that one");
		return -EBUSY;
	}
	return 0;
}

int mgw_dev_check_attach(struct mgw_net *mnet, const char *name,
			 struct netlink_ext_ack *extack)
{
	struct net_device *dev = by_name(mnet, name, extack);

	return dev ? check(mnet, dev, extack) : -ENODEV;
}

struct mgw_dev *mgw_dev_attach(struct mgw_net *mnet, const char *name,
			       struct netlink_ext_ack *extack)
{
	struct net_device *dev = by_name(mnet, name, extack);
	struct mgw_dev *mdev;
	int err;

	if (!dev)
		return ERR_PTR(-ENODEV);
	err = check(mnet, dev, extack);
	if (err)
		return ERR_PTR(err);
	mdev = kzalloc(sizeof(*mdev), GFP_KERNEL_ACCOUNT);
	if (!mdev)
		return ERR_PTR(-ENOMEM);
	mdev->mnet = mnet;
	mdev->dev = dev;
	strscpy(mdev->name, dev->name, sizeof(mdev->name));
	mdev->ops = (struct nf_hook_ops) {
		.hook = mnet->ingress,
		.priv = mnet,
		.dev = dev,
		.pf = NFPROTO_NETDEV,
		.hooknum = NF_NETDEV_INGRESS,
		/* Whatever an administrator has there goes first. */
		.priority = INT_MAX,
	};
	err = nf_register_net_hook(mnet->net, &mdev->ops);
	if (err) {
		kfree(mdev);
		NL_SET_ERR_MSG(extack,
			       "netfilter takes no ingress hook for this device");
		return ERR_PTR(err);
	}
	/* As for whatever forwards: what it puts together nobody can send. */
	dev_disable_lro(dev);
	list_add_tail(&mdev->list, &mnet->devs);
	changed(mnet);
	mgw_object_created(MGW_OBJECT_DEV);
	return mdev;
}

void mgw_dev_detach(struct mgw_dev *mdev)
{
	ASSERT_RTNL();
	nf_unregister_net_hook(mdev->mnet->net, &mdev->ops);
	list_del(&mdev->list);
	changed(mdev->mnet);
	mgw_object_destroyed(MGW_OBJECT_DEV);
	mgw_net_maybe_idle(mdev->mnet);
	kfree_rcu(mdev, rcu);
}

struct mgw_dev *mgw_dev_find(struct mgw_net *mnet, const char *name,
			     struct netlink_ext_ack *extack)
{
	struct net_device *dev = by_name(mnet, name, extack);
	struct mgw_dev *mdev;

	if (!dev)
		return ERR_PTR(-ENODEV);
	mdev = find(mnet, dev);
	if (!mdev) {
		NL_SET_ERR_MSG(extack, "device is not attached");
		return ERR_PTR(-ENOENT);
	}
	return mdev;
}

/* Those of a CPU that is offline went with its sessions. */
static void forget_routes(struct mgw_net *mnet)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		mnet->forget_routes(mnet->cpus[cpu]);
}

/* Whoever mirrors the devices knows them by their names: one leaves, one comes. */
static void renamed(struct mgw_dev *mdev)
{
	mgw_notify_dev_gone(mdev);
	strscpy(mdev->name, mdev->dev->name, sizeof(mdev->name));
	changed(mdev->mnet);
	mgw_notify_dev_back(mdev);
}

/*
 * Also what a device says that moves to another namespace, and each one that
 * is there when the notifier itself goes.
 */
static int on_netdev(struct notifier_block *nb, unsigned long event, void *data)
{
	struct mgw_net *mnet = container_of(nb, struct mgw_net, dev_notifier);
	struct net_device *dev = netdev_notifier_info_to_dev(data);
	struct mgw_dev *mdev;

	switch (event) {
	case NETDEV_UNREGISTER:
		/* All of them are about to go. */
		if (!READ_ONCE(mnet->notifier_leaves))
			forget_routes(mnet);
		mdev = find(mnet, dev);
		if (!mdev)
			break;
		mgw_notify_dev_gone(mdev);
		mgw_dev_detach(mdev);
		break;
	case NETDEV_CHANGENAME:
		mdev = find(mnet, dev);
		if (mdev)
			renamed(mdev);
		break;
	}
	return NOTIFY_DONE;
}

void mgw_devs_init(struct mgw_net *mnet)
{
	INIT_LIST_HEAD(&mnet->devs);
	mnet->dev_generation = 1;
	mnet->dev_notifier.notifier_call = on_netdev;
}

int mgw_devs_start(struct mgw_net *mnet)
{
	return register_netdevice_notifier_net(mnet->net, &mnet->dev_notifier);
}

void mgw_devs_stop(struct mgw_net *mnet)
{
	WRITE_ONCE(mnet->notifier_leaves, true);
	unregister_netdevice_notifier_net(mnet->net, &mnet->dev_notifier);
	WRITE_ONCE(mnet->notifier_leaves, false);
}
