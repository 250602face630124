/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HZ
#define HZ	1000
#endif
