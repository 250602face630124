/* SPDX-License-Identifier: GPL-2.0 */
/* The tick of a CPU that has sessions: those that are due end. */
#ifndef MGW_EXPIRY_H
#define MGW_EXPIRY_H

struct mgw_cpu;

/* Process context. init: before there are sessions. exit: none will begin any more. */
void mgw_expiry_init(struct mgw_cpu *mc);
void mgw_expiry_exit(struct mgw_cpu *mc);

#endif /* MGW_EXPIRY_H */
