// SPDX-License-Identifier: GPL-2.0
/*
 * The real server's side of TOA. A sock_ops program reads the client's address
 * from the packet that completes the handshake, or from the first that follow,
 * and keeps it with the socket; what accept() and getpeername() are about to
 * answer is rewritten. Nothing else of the connection changes.
 *
 * Runs on kernels from 5.10, and needs no types of the kernel's own.
 */
#include <linux/bpf.h>
#include <linux/in.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "toa_maps.h"
#include "toa_option.h"

#define PARSE_ALL BPF_SOCK_OPS_PARSE_ALL_HDR_OPT_CB_FLAG
/* Of the kernel's headers, which do not go with libc's. */
#define AF_INET 2
#define TCP_HEADER_SIZE 20
/* Where a program that looks at options gets no more than a page. */
#define SOCKOPT_PAGE 4096
/*
 * The option is in the first packet or the balancer lost it; a peer that sends
 * and never acknowledges must not keep the callback for ever.
 */
#define LOOKS_MAX 16

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct toa_config);
} config SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, TOA_PREFIXES_MAX);
	__type(key, struct toa_prefix);
	__type(value, __u8);
} prefixes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct toa_client);
} clients SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TOA_COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

static __always_inline void count(__u32 which)
{
	__u64 *value = bpf_map_lookup_elem(&counters, &which);

	if (value)
		(*value)++;
}

static __always_inline void set_mapped(__u8 *addr, __u32 v4)
{
	__u32 *words = (__u32 *)addr;

	words[0] = 0;
	words[1] = 0;
	words[2] = bpf_htonl(0xffff);
	words[3] = v4;
}

static __always_inline void corners(struct bpf_sock_ops *ctx,
				    struct toa_client *client)
{
	__u32 *laddr = (__u32 *)client->laddr;
	__u32 *raddr = (__u32 *)client->raddr;

	client->lport = bpf_htons(bpf_ntohl(ctx->remote_port));
	client->rport = bpf_htons(ctx->local_port);
	if (ctx->family == AF_INET) {
		set_mapped(client->laddr, ctx->remote_ip4);
		set_mapped(client->raddr, ctx->local_ip4);
		return;
	}
	laddr[0] = ctx->remote_ip6[0];
	laddr[1] = ctx->remote_ip6[1];
	laddr[2] = ctx->remote_ip6[2];
	laddr[3] = ctx->remote_ip6[3];
	raddr[0] = ctx->local_ip6[0];
	raddr[1] = ctx->local_ip6[1];
	raddr[2] = ctx->local_ip6[2];
	raddr[3] = ctx->local_ip6[3];
}

static __always_inline int is_trusted(const struct toa_client *client)
{
	struct toa_prefix key = { .bits = 128 };

	__builtin_memcpy(key.addr, client->laddr, sizeof(key.addr));
	return !!bpf_map_lookup_elem(&prefixes, &key);
}

/* The client of this header goes into `client`, which stays as it is if none. */
static __always_inline enum toa_verdict read_header(struct bpf_sock_ops *ctx,
						    struct toa_client *client)
{
	const __u8 *header = (const __u8 *)(long)ctx->skb_data;
	const __u8 *end = (const __u8 *)(long)ctx->skb_data_end;
	struct toa_found found = {};
	enum toa_verdict verdict;
	struct toa_config *wanted;
	__u32 zero = 0;

	wanted = bpf_map_lookup_elem(&config, &zero);
	if (!wanted || header + TCP_HEADER_SIZE > end)
		return TOA_NONE;
	/* The kernel ends the data where the options end. */
	verdict = toa_find(header + TCP_HEADER_SIZE, end, wanted->kind,
			   wanted->kind6, &found);
	if (verdict == TOA_V4) {
		set_mapped(client->caddr, 0);
		__builtin_memcpy(client->caddr + 12, found.addr, 4);
	} else if (verdict == TOA_V6) {
		__builtin_memcpy(client->caddr, found.addr, 16);
	} else {
		return verdict;
	}
	__builtin_memcpy(&client->cport, found.port, 2);
	client->is_v6 = verdict == TOA_V6;
	client->state = TOA_KNOWN;
	return verdict;
}

static __always_inline void count_verdict(enum toa_verdict verdict)
{
	switch (verdict) {
	case TOA_V4:
		return count(TOA_SEEN_V4);
	case TOA_V6:
		return count(TOA_SEEN_V6);
	case TOA_MALFORMED:
		return count(TOA_BROKEN);
	case TOA_NONE:
		return count(TOA_NO_OPTION);
	}
}

/*
 * The packet that completes the handshake. The socket is locked and accept()
 * has to wait for that, so it cannot see the address from before.
 */
static __always_inline void established(struct bpf_sock_ops *ctx)
{
	int flags = ctx->bpf_sock_ops_cb_flags;
	struct bpf_sock *sk = ctx->sk;
	struct toa_client client = {};
	enum toa_verdict verdict;

	if (!sk)
		return;
	corners(ctx, &client);
	verdict = read_header(ctx, &client);
	if (!is_trusted(&client)) {
		if (verdict == TOA_V4 || verdict == TOA_V6)
			count(TOA_UNTRUSTED);
		return;
	}
	if (verdict != TOA_NONE)
		count_verdict(verdict);
	if (verdict == TOA_MALFORMED)
		return;

	client.first_ack = ctx->snd_una;
	client.keep_callback = !!(flags & PARSE_ALL);
	if (!bpf_sk_storage_get(&clients, sk, &client,
				BPF_SK_STORAGE_GET_F_CREATE)) {
		count(TOA_NO_MEMORY);
		return;
	}
	/*
	 * All headers, not the unknown: the kernel takes the option of a client
	 * at port 63881 for one it knows.
	 */
	if (verdict == TOA_NONE)
		bpf_sock_ops_cb_flags_set(ctx, flags | PARSE_ALL);
}

static __always_inline int acknowledges_more(struct bpf_sock_ops *ctx,
					     const struct toa_client *client)
{
	const __u8 *header = (const __u8 *)(long)ctx->skb_data;
	const __u8 *end = (const __u8 *)(long)ctx->skb_data_end;

	if (header + TCP_HEADER_SIZE > end)
		return 1;
	return (((__u32)header[8] << 24) | ((__u32)header[9] << 16) |
		((__u32)header[10] << 8) | header[11]) != client->first_ack;
}

/*
 * A later packet, of a socket whose handshake had no option. Other programs may
 * have asked for these callbacks, for sockets that are none of ours.
 */
static __always_inline void later(struct bpf_sock_ops *ctx)
{
	enum toa_verdict verdict = TOA_NONE;
	struct bpf_sock *sk = ctx->sk;
	struct toa_client *client;

	if (!sk)
		return;
	client = bpf_sk_storage_get(&clients, sk, NULL, 0);
	if (!client || client->state != TOA_LOOKING)
		return;
	if (!acknowledges_more(ctx, client)) {
		verdict = read_header(ctx, client);
		if (verdict == TOA_NONE && ++client->looks < LOOKS_MAX)
			return;
	}
	count_verdict(verdict);
	if (!client->keep_callback)
		bpf_sock_ops_cb_flags_set(ctx, ctx->bpf_sock_ops_cb_flags &
					  ~PARSE_ALL);
	if (client->state == TOA_LOOKING)
		bpf_sk_storage_delete(&clients, sk);
}

SEC("sockops")
int toa_sock_ops(struct bpf_sock_ops *ctx)
{
	switch (ctx->op) {
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		established(ctx);
		break;
	case BPF_SOCK_OPS_PARSE_HDR_OPT_CB:
		later(ctx);
		break;
	}
	return 1;
}

static __always_inline struct toa_client *known(struct bpf_sock *sk)
{
	struct toa_client *client;

	if (!sk)
		return NULL;
	client = bpf_sk_storage_get(&clients, sk, NULL, 0);
	return client && client->state == TOA_KNOWN ? client : NULL;
}

/* An IPv6 client has no place in a sockaddr_in: the laddr stays. */
SEC("cgroup/getpeername4")
int toa_getpeername4(struct bpf_sock_addr *ctx)
{
	struct toa_client *client = known(ctx->sk);

	if (client && !client->is_v6) {
		ctx->user_ip4 = ((__u32 *)client->caddr)[3];
		ctx->user_port = client->cport;
	}
	return 1;
}

/* Also for sockets of [::] that serve IPv4: those can name an IPv6 client. */
SEC("cgroup/getpeername6")
int toa_getpeername6(struct bpf_sock_addr *ctx)
{
	struct toa_client *client = known(ctx->sk);
	const __u32 *addr;

	if (client) {
		addr = (const __u32 *)client->caddr;
		ctx->user_ip6[0] = addr[0];
		ctx->user_ip6[1] = addr[1];
		ctx->user_ip6[2] = addr[2];
		ctx->user_ip6[3] = addr[3];
		ctx->user_port = client->cport;
	}
	return 1;
}

/*
 * The IPv6 client of an IPv4 socket, and of no other: servers patched for DPVS
 * ask first and take getpeername()'s word when this fails.
 */
SEC("cgroup/getsockopt")
int toa_getsockopt(struct bpf_sockopt *ctx)
{
	struct toa_nat64_peer *peer = ctx->optval;
	struct toa_client *client;

	if (ctx->level != IPPROTO_IP || ctx->optname != TOA_SO_GET_LOOKUP) {
		/* Not ours and more than a page: leave the kernel's answer. */
		if (ctx->optlen > SOCKOPT_PAGE)
			ctx->optlen = 0;
		return 1;
	}
	if (!ctx->retval || !ctx->sk || ctx->sk->family != AF_INET)
		return 1;
	client = known(ctx->sk);
	if (!client || !client->is_v6 ||
	    (void *)(peer + 1) > ctx->optval_end)
		return 1;
	__builtin_memcpy(peer->saddr, client->caddr, sizeof(peer->saddr));
	peer->port = client->cport;
	peer->unused = 0;
	ctx->optlen = sizeof(*peer);
	/* Two stores: the verifier takes no wider one. */
	barrier();
	ctx->retval = 0;
	return 1;
}
