/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_BUILD_BUG_H
#define _SHIM_BUILD_BUG_H

#ifndef __cplusplus
#undef static_assert
#define static_assert(x, ...)	_Static_assert(x, #x)
#endif

#endif
