// SPDX-License-Identifier: GPL-2.0
/* The module: what is set up in which order, and taken down in the reverse. */
#include <linux/module.h>

#include "netlink.h"
#include "netns.h"
#include "objects.h"
#include "rehome.h"
#include "session.h"
#include "version.h"

struct workqueue_struct *mgw_wq;

static int __init mgw_init(void)
{
	int err;

	mgw_wq = alloc_workqueue("mgw", WQ_UNBOUND, 0);
	if (!mgw_wq)
		return -ENOMEM;
	err = mgw_session_cache_create();
	if (err)
		goto err_wq;
	err = mgw_rehome_init();
	if (err)
		goto err_cache;
	err = mgw_netns_init();
	if (err)
		goto err_rehome;
	err = mgw_netlink_init();
	if (err)
		goto err_netns;
	pr_info("release " MGW_VERSION ", %zu bytes a session\n",
		sizeof(struct mgw_session));
	return 0;

err_netns:
	mgw_netns_exit();
err_rehome:
	mgw_rehome_exit();
err_cache:
	mgw_session_cache_destroy();
err_wq:
	destroy_workqueue(mgw_wq);
	return err;
}

static void __exit mgw_exit(void)
{
	mgw_netlink_exit();
	mgw_netns_exit();
	mgw_rehome_exit();
	/* Objects of ended namespaces are freed by works and RCU callbacks. */
	flush_workqueue(mgw_wq);
	rcu_barrier();
	destroy_workqueue(mgw_wq);
	mgw_session_cache_destroy();
	mgw_objects_report();
}

module_init(mgw_init);
module_exit(mgw_exit);

MODULE_DESCRIPTION("MGW, layer-4 load balancer");
MODULE_AUTHOR("The MGW authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(MGW_VERSION);
