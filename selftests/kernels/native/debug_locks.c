// SPDX-License-Identifier: GPL-2.0
/*
 * Linux's, and a word for the command line: with lockdep=off a kernel that can watch
 * locks does not, and is as fast as one that can't.
 */
#include <linux/init.h>
#include <linux/string.h>
#include <debug_locks.c>

static int __init set_lockdep(char *word)
{
	if (word && !strcmp(word, "off"))
		debug_locks_off();
	return 0;
}
early_param("lockdep", set_lockdep);
