/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/limits.h>
#ifndef U16_MAX
#define U16_MAX	((__u16)~0u)
#endif
#ifndef U64_MAX
#define U64_MAX	(~0ull)
#endif
