// SPDX-License-Identifier: GPL-2.0
/*
 * Loads a program for tc that gives each IPv4 datagram it sees to one UDP socket, whatever
 * the datagram's address is, and pins it (bpf_sk_assign(), see bpf-helpers(7)).
 *
 * usage: sk_assign PATH ADDR PORT
 *
 * PATH: new file of a mounted bpffs; ADDR and PORT: where the socket listens, in the
 * network namespace that the datagrams arrive in.
 */
#include <arpa/inet.h>
#include <err.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define INSN(op, dest, source, offset, value)                                  \
	((struct bpf_insn){ .code = (op), .dst_reg = (dest),                   \
			    .src_reg = (source), .off = (offset),              \
			    .imm = (value) })
#define SET(reg, value) INSN(BPF_ALU64 | BPF_MOV | BPF_K, reg, 0, 0, value)
#define COPY(reg, from) INSN(BPF_ALU64 | BPF_MOV | BPF_X, reg, from, 0, 0)
#define ADD(reg, value) INSN(BPF_ALU64 | BPF_ADD | BPF_K, reg, 0, 0, value)
#define LOAD(size, reg, from, offset)                                          \
	INSN(BPF_LDX | BPF_MEM | (size), reg, from, offset, 0)
#define STORE(offset, value)                                                   \
	INSN(BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, offset, value)
#define SKIP_UNLESS(reg, value, insns)                                         \
	INSN(BPF_JMP | BPF_JNE | BPF_K, reg, 0, insns, value)
#define SKIP_IF_ZERO(reg, insns)                                               \
	INSN(BPF_JMP | BPF_JEQ | BPF_K, reg, 0, insns, 0)
#define CALL(helper) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_##helper)
#define END INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/* On the stack of the program. */
#define PROTOCOL (-8)
#define TUPLE (-24)
#define TUPLE_SIZE 12
/* Of the IPv4 header, behind that of Ethernet. */
#define PROTOCOL_IN_FRAME (ETH_HLEN + 9)

static char verifier[65536];

static int load(struct in_addr addr, uint16_t port)
{
	const int32_t dport = (int32_t)((uint32_t)htons(port) << 16);
	const struct bpf_insn insns[] = {
		COPY(BPF_REG_6, BPF_REG_1),
		LOAD(BPF_W, BPF_REG_2, BPF_REG_6,
		     offsetof(struct __sk_buff, protocol)),
		SKIP_UNLESS(BPF_REG_2, htons(ETH_P_IP), 26),
		COPY(BPF_REG_1, BPF_REG_6),
		SET(BPF_REG_2, PROTOCOL_IN_FRAME),
		COPY(BPF_REG_3, BPF_REG_10),
		ADD(BPF_REG_3, PROTOCOL),
		SET(BPF_REG_4, 1),
		CALL(skb_load_bytes),
		LOAD(BPF_B, BPF_REG_2, BPF_REG_10, PROTOCOL),
		SKIP_UNLESS(BPF_REG_2, IPPROTO_UDP, 18),
		STORE(TUPLE, 0),
		STORE(TUPLE + 4, (int32_t)addr.s_addr),
		STORE(TUPLE + 8, dport),
		COPY(BPF_REG_1, BPF_REG_6),
		COPY(BPF_REG_2, BPF_REG_10),
		ADD(BPF_REG_2, TUPLE),
		SET(BPF_REG_3, TUPLE_SIZE),
		SET(BPF_REG_4, BPF_F_CURRENT_NETNS),
		SET(BPF_REG_5, 0),
		CALL(sk_lookup_udp),
		SKIP_IF_ZERO(BPF_REG_0, 7),
		COPY(BPF_REG_7, BPF_REG_0),
		COPY(BPF_REG_1, BPF_REG_6),
		COPY(BPF_REG_2, BPF_REG_7),
		SET(BPF_REG_3, 0),
		CALL(sk_assign),
		COPY(BPF_REG_1, BPF_REG_7),
		CALL(sk_release),
		/* Here all that is skipped to ends. */
		SET(BPF_REG_0, TC_ACT_OK),
		END,
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SCHED_CLS,
		.insns = (uintptr_t)insns,
		.insn_cnt = sizeof(insns) / sizeof(insns[0]),
		.license = (uintptr_t)"GPL",
		.log_buf = (uintptr_t)verifier,
		.log_size = sizeof(verifier),
		.log_level = 1,
	};
	int prog = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

	if (prog < 0)
		err(1, "%s", verifier);
	return prog;
}

int main(int argc, char **argv)
{
	union bpf_attr attr = {};
	struct in_addr addr;

	if (argc != 4 || inet_pton(AF_INET, argv[2], &addr) != 1)
		errx(2, "usage: sk_assign PATH ADDR PORT");
	attr.pathname = (uintptr_t)argv[1];
	attr.bpf_fd = load(addr, atoi(argv[3]));
	if (syscall(SYS_bpf, BPF_OBJ_PIN, &attr, sizeof(attr)))
		err(1, "%s", argv[1]);
	return 0;
}
