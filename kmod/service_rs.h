/* SPDX-License-Identifier: GPL-2.0 */
/* The real servers of a service: added, changed, deleted. */
#ifndef MGW_SERVICE_RS_H
#define MGW_SERVICE_RS_H

#include <linux/netlink.h>

struct mgw_rs;
struct mgw_rs_spec;
struct mgw_service;

/*
 * Process context, mnet->config_lock held. Refusals leave a sentence in extack
 * and all as it was. del: no new session; running ones go on until they end.
 */
int mgw_service_rs_add(struct mgw_service *svc, const struct mgw_rs_spec *spec,
		       struct netlink_ext_ack *extack);
int mgw_service_rs_set(struct mgw_service *svc, const struct mgw_rs_spec *spec,
		       struct netlink_ext_ack *extack);
int mgw_service_rs_del(struct mgw_rs *rs);

#endif /* MGW_SERVICE_RS_H */
