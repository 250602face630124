/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who sent a packet of a session. Never "in" and "out": with two legs to a
 * session these words mean nothing.
 */
#ifndef _MGW_DIR_H
#define _MGW_DIR_H

enum mgw_dir {
	MGW_DIR_FROM_CLIENT,
	MGW_DIR_FROM_RS,

	MGW_DIR_MAX
};

/* Who gets it. */
static inline enum mgw_dir mgw_dir_other(enum mgw_dir dir)
{
	return dir == MGW_DIR_FROM_CLIENT ? MGW_DIR_FROM_RS :
					    MGW_DIR_FROM_CLIENT;
}

#endif /* _MGW_DIR_H */
