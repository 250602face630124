// SPDX-License-Identifier: GPL-2.0
/* The module: what is set up in which order, and taken down in the reverse. */
#include <linux/module.h>

#include "conntrack.h"
#include "netlink.h"
#include "netns.h"
#include "objects.h"
#include "rehome.h"
#include "session.h"
#include "version.h"

static int __init mgw_init(void)
{
	int err;

	err = mgw_objects_init();
	if (err)
		return err;
	err = mgw_session_cache_create();
	if (err)
		goto err_objects;
	err = mgw_rehome_init();
	if (err)
		goto err_cache;
	err = mgw_conntrack_init();
	if (err)
		goto err_rehome;
	err = mgw_netns_init();
	if (err)
		goto err_conntrack;
	err = mgw_netlink_init();
	if (err)
		goto err_netns;
	pr_info("release " MGW_VERSION ", %zu bytes a session\n",
		sizeof(struct mgw_session));
	return 0;

err_netns:
	mgw_netns_exit();
err_conntrack:
	mgw_conntrack_exit();
err_rehome:
	mgw_rehome_exit();
err_cache:
	mgw_session_cache_destroy();
err_objects:
	mgw_objects_exit();
	return err;
}

static void __exit mgw_exit(void)
{
	mgw_netlink_exit();
	mgw_netns_exit();
	mgw_conntrack_exit();
	mgw_rehome_exit();
	mgw_session_cache_destroy();
	mgw_objects_exit();
}

module_init(mgw_init);
module_exit(mgw_exit);

MODULE_DESCRIPTION("MGW, layer-4 load balancer");
MODULE_AUTHOR("The MGW authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(MGW_VERSION);
