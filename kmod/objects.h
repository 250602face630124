/* SPDX-License-Identifier: GPL-2.0 */
/* How objects end, and the balance of those made and freed. */
#ifndef MGW_OBJECTS_H
#define MGW_OBJECTS_H

#include <linux/workqueue.h>

enum mgw_object {
	MGW_OBJECT_NETNS,
	MGW_OBJECT_SERVICE,
	MGW_OBJECT_RS,
	MGW_OBJECT_LADDR,
	MGW_OBJECT_POOL,
	MGW_OBJECT_PORTMAP,
	MGW_OBJECT_SESSION,
	MGW_OBJECT_DEV,

	MGW_OBJECT_MAX
};

/* Runs the works in which objects end. */
extern struct workqueue_struct *mgw_wq;

/* Any context; per-CPU increments. */
void mgw_object_created(enum mgw_object type);
void mgw_object_destroyed(enum mgw_object type);
/*
 * Module init and exit. exit: waits for the last works and RCU callbacks, says
 * the balance, and warns when it is uneven.
 */
int mgw_objects_init(void);
void mgw_objects_exit(void);

#endif /* MGW_OBJECTS_H */
