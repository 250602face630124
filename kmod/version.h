/* SPDX-License-Identifier: GPL-2.0 */
/* The release of the module; mgwadm has the same. */
#ifndef MGW_VERSION_H
#define MGW_VERSION_H

#define MGW_VERSION "0.1.0"

#endif /* MGW_VERSION_H */
