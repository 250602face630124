// SPDX-License-Identifier: GPL-2.0
/*
 * Sends the first two datagrams of a flow from two CPUs at the same moment, for
 * many flows, and waits for the answer to each.
 *
 * usage: udp_twins VADDR VPORT FLOWS
 *
 * Prints {"flows": N, "both": N, "one": N, "none": N}, and ends with 0 when both
 * were answered in every flow.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FIRST_PORT 20000
#define WAIT_MS 5000
/* Flows without all their answers, after which the rest is left out. */
#define ENOUGH 10

static pthread_barrier_t start, sent;
static atomic_long there;
static int sock = -1;

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		err(1, "sched_setaffinity");
}

static void say(char word)
{
	if (send(sock, &word, 1, 0) != 1)
		err(1, "send");
}

/* Who was woken by the barrier first waits for the other one to run. */
static void say_together(char word, long flow)
{
	pthread_barrier_wait(&start);
	atomic_fetch_add(&there, 1);
	while (atomic_load(&there) < 2 * (flow + 1))
		;
	say(word);
	pthread_barrier_wait(&sent);
}

static void *twin(void *flows)
{
	pin(1);
	for (long i = 0; i < (long)flows; i++)
		say_together('b', i);
	return NULL;
}

/* How many of the two words came back. */
static int answers(void)
{
	struct pollfd pollfd = { .fd = sock, .events = POLLIN };
	int seen[2] = {};
	char word;

	while (seen[0] + seen[1] < 2 && poll(&pollfd, 1, WAIT_MS) == 1) {
		if (recv(sock, &word, 1, 0) != 1)
			err(1, "recv");
		seen[word == 'b'] = 1;
	}
	return seen[0] + seen[1];
}

static void new_flow(const struct sockaddr_in *to, int port)
{
	struct sockaddr_in from = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};

	sock = socket(AF_INET, SOCK_DGRAM, 0);
	if (sock < 0 || bind(sock, (void *)&from, sizeof(from)) ||
	    connect(sock, (const void *)to, sizeof(*to)))
		err(1, "port %d", port);
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	long flows, found[3] = {};
	pthread_t thread;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
		errx(2, "usage: udp_twins VADDR VPORT FLOWS");
	to.sin_port = htons(atoi(argv[2]));
	flows = atol(argv[3]);
	pthread_barrier_init(&start, NULL, 2);
	pthread_barrier_init(&sent, NULL, 2);
	if (pthread_create(&thread, NULL, twin, (void *)flows))
		errx(1, "no thread");
	pin(0);
	for (long i = 0; i < flows; i++) {
		new_flow(&to, FIRST_PORT + i);
		say_together('a', i);
		found[answers()]++;
		close(sock);
		if (found[0] + found[1] >= ENOUGH)
			break;
	}
	printf("{\"flows\": %ld, \"both\": %ld, \"one\": %ld, \"none\": %ld}\n",
	       flows, found[2], found[1], found[0]);
	return found[2] != flows;
}
