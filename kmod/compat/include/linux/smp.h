/* SPDX-License-Identifier: GPL-2.0 */
/* What a call of another CPU is set up with, since 5.11. */
#ifndef MGW_COMPAT_SMP_H
#define MGW_COMPAT_SMP_H

#include_next <linux/smp.h>

#ifndef INIT_CSD
#define INIT_CSD(csd, function, argument) \
	(*(csd) = (call_single_data_t){ \
		.func = (function), .info = (argument), \
	})
#endif

#endif /* MGW_COMPAT_SMP_H */
