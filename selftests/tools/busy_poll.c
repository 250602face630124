// SPDX-License-Identifier: GPL-2.0
/*
 * Polls network devices from a program's own context, as io_uring does for who
 * waits (Linux 6.18: any NAPI by its ID), for some seconds.
 *
 * usage: busy_poll FIRST_ID LAST_ID SECONDS
 *
 * IDs that nobody has are left out by the kernel. Prints "ready" when it polls.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Of headers newer than those of Debian 12. */
#define REGISTER_NAPI	27
#define NAPI_START	0
#define NAPI_ADD_ID	1
#define NAPI_OF_LIST	1

struct napi_request {
	unsigned int poll_usec;
	unsigned char prefer;
	unsigned char what;
	unsigned char pad[2];
	unsigned int param;
	unsigned int resv;
};

static int ask(int ring, unsigned char what, unsigned int param)
{
	struct napi_request request = {
		.poll_usec = 10000,
		.prefer = 1,
		.what = what,
		.param = param,
	};

	return syscall(__NR_io_uring_register, ring, REGISTER_NAPI, &request,
		       1);
}

/* For something that never comes. */
static void wait_a_while(int ring)
{
	struct __kernel_timespec limit = { .tv_nsec = 50000000 };
	struct io_uring_getevents_arg arg = { .ts = (unsigned long)&limit };

	if (syscall(__NR_io_uring_enter, ring, 0, 1,
		    IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &arg,
		    sizeof(arg)) < 0 && errno != ETIME && errno != EINTR)
		err(1, "io_uring_enter");
}

int main(int argc, char **argv)
{
	struct io_uring_params params = {};
	time_t end;
	int ring;

	if (argc != 4)
		errx(2, "usage: busy_poll FIRST_ID LAST_ID SECONDS");
	ring = syscall(__NR_io_uring_setup, 1, &params);
	if (ring < 0)
		err(1, "io_uring_setup");
	if (ask(ring, NAPI_START, NAPI_OF_LIST))
		err(1, "IORING_REGISTER_NAPI");
	for (int id = atoi(argv[1]); id <= atoi(argv[2]); id++)
		ask(ring, NAPI_ADD_ID, id);
	puts("ready");
	fflush(stdout);
	for (end = time(NULL) + atoi(argv[3]); time(NULL) < end;)
		wait_a_while(ring);
	return 0;
}
