/* SPDX-License-Identifier: GPL-2.0 */
/* Our hooks in PRE_ROUTING of a namespace. */
#ifndef MGW_PREROUTING_H
#define MGW_PREROUTING_H

struct mgw_net;

/* Process context. */
int mgw_prerouting_register(struct mgw_net *mnet);
void mgw_prerouting_unregister(struct mgw_net *mnet);

#endif /* MGW_PREROUTING_H */
