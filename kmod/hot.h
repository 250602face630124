/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Marks the functions an established packet runs. They share one section, so
 * that objdump can show that no lock and no atomic operation is in it.
 */
#ifndef _MGW_HOT_H
#define _MGW_HOT_H

#include <linux/compiler.h>

#define __mgw_hot __section(".text.mgw_hot")

#endif /* _MGW_HOT_H */
