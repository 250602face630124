// SPDX-License-Identifier: GPL-2.0
/*
 * Sends one UDP datagram from each of many addresses and ports, as frames, as
 * fast as it can: a session each. One process for each CPU, pinned to it.
 *
 * usage: udp_many DEV ROUTER_MAC VADDR VPORT FIRST_ADDR PORTS COUNT [SECONDS]
 *
 * Number i comes from FIRST_ADDR + i / PORTS, port 1024 + i % PORTS. With
 * SECONDS all are sent again and again, at a moderate rate.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BATCH 32
#define PAUSE_NS 2000000

struct frame {
	struct ether_header eth;
	struct iphdr ip;
	struct udphdr udp;
	char data[6];
} __attribute__((packed));

struct job {
	struct frame frame;
	struct sockaddr_ll device;
	unsigned int first_addr, ports;
	unsigned long count;
	double seconds;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static unsigned short ip_sum(struct iphdr ip)
{
	unsigned short words[sizeof(ip) / 2];
	unsigned int sum = 0;

	memcpy(words, &ip, sizeof(ip));
	for (unsigned int i = 0; i < sizeof(ip) / 2; i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

static void make(const struct job *job, struct frame *frame, unsigned long i)
{
	*frame = job->frame;
	frame->ip.saddr = htonl(job->first_addr + i / job->ports);
	frame->ip.check = ip_sum(frame->ip);
	frame->udp.source = htons(1024 + i % job->ports);
}

static void send_all(int sock, struct mmsghdr *messages, int count)
{
	while (count > 0) {
		int sent = sendmmsg(sock, messages, count, 0);

		if (sent < 0)
			err(1, "sendmmsg");
		messages += sent;
		count -= sent;
	}
}

/* Numbers @begin, @begin + @step ...; the frames of a batch are its own. */
static void pass(const struct job *job, int sock, unsigned int begin,
		 unsigned int step, double end)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	static struct frame frames[BATCH];
	struct mmsghdr messages[BATCH] = {};
	struct iovec vectors[BATCH];
	int filled = 0;

	for (unsigned long i = begin; i < job->count; i += step) {
		make(job, &frames[filled], i);
		vectors[filled].iov_base = &frames[filled];
		vectors[filled].iov_len = sizeof(frames[filled]);
		messages[filled].msg_hdr.msg_iov = &vectors[filled];
		messages[filled].msg_hdr.msg_iovlen = 1;
		if (++filled < BATCH)
			continue;
		send_all(sock, messages, filled);
		filled = 0;
		if (!end)
			continue;
		if (now() >= end)
			return;
		nanosleep(&pause, NULL);
	}
	send_all(sock, messages, filled);
}

static int child(const struct job *job, unsigned int cpu, unsigned int cpus)
{
	int sock = socket(AF_PACKET, SOCK_RAW, 0);
	double end = job->seconds ? now() + job->seconds : 0;
	cpu_set_t set;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	if (sock < 0 || bind(sock, (const struct sockaddr *)&job->device,
			     sizeof(job->device)))
		err(1, "socket");
	do {
		pass(job, sock, cpu, cpus, end);
	} while (end && now() < end);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct job job = {};
	unsigned char *mac = job.frame.eth.ether_dhost;
	int status, failed = 0;
	double start;

	if (argc < 8 || sscanf(argv[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac,
			       mac + 1, mac + 2, mac + 3, mac + 4, mac + 5) != 6)
		errx(2, "usage: udp_many DEV ROUTER_MAC VADDR VPORT FIRST_ADDR PORTS COUNT [SECONDS]");
	job.device.sll_family = AF_PACKET;
	job.device.sll_ifindex = if_nametoindex(argv[1]);
	job.frame.eth.ether_shost[0] = 2;
	job.frame.eth.ether_type = htons(ETHERTYPE_IP);
	job.frame.ip.version = 4;
	job.frame.ip.ihl = 5;
	job.frame.ip.ttl = 64;
	job.frame.ip.protocol = IPPROTO_UDP;
	job.frame.ip.tot_len = htons(sizeof(job.frame) - sizeof(job.frame.eth));
	job.frame.ip.daddr = inet_addr(argv[3]);
	job.frame.udp.dest = htons(atoi(argv[4]));
	job.frame.udp.len = htons(sizeof(job.frame.udp) + sizeof(job.frame.data));
	job.first_addr = ntohl(inet_addr(argv[5]));
	job.ports = atoi(argv[6]);
	job.count = strtoul(argv[7], NULL, 10);
	job.seconds = argc > 8 ? atof(argv[8]) : 0;
	if (!job.device.sll_ifindex || !job.ports)
		errx(2, "no such device, or no ports");

	start = now();
	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		if (!fork())
			_exit(child(&job, cpu, cpus));
	while (wait(&status) > 0)
		failed |= status;
	printf("%lu datagrams in %.2f s\n", job.count, now() - start);
	return !!failed;
}
