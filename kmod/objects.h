/* SPDX-License-Identifier: GPL-2.0 */
/* The balance of objects made and freed, printed when the module goes. */
#ifndef MGW_OBJECTS_H
#define MGW_OBJECTS_H

enum mgw_object {
	MGW_OBJECT_NETNS,
	MGW_OBJECT_SERVICE,
	MGW_OBJECT_RS,
	MGW_OBJECT_LADDR,
	MGW_OBJECT_POOL,
	MGW_OBJECT_PORTMAP,
	MGW_OBJECT_SESSION,

	MGW_OBJECT_MAX
};

/* Any context; per-CPU increments. */
void mgw_object_created(enum mgw_object type);
void mgw_object_destroyed(enum mgw_object type);
/* Module exit, when nothing can be alive: says the balance, warns if uneven. */
void mgw_objects_report(void);

#endif /* MGW_OBJECTS_H */
