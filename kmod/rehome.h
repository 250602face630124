/* SPDX-License-Identifier: GPL-2.0 */
/* CPUs come and go: laddrs and their sessions find a new owner. */
#ifndef MGW_REHOME_H
#define MGW_REHOME_H

struct mgw_net;

int mgw_rehome_init(void);
void mgw_rehome_exit(void);

/* From add on, the namespace follows the CPUs. Process context, no lock. */
int mgw_rehome_add(struct mgw_net *mnet);
void mgw_rehome_del(struct mgw_net *mnet);

#endif /* MGW_REHOME_H */
