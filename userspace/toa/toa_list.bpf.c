// SPDX-License-Identifier: GPL-2.0
/*
 * Lists the sockets whose client is known, for "mgw-toa show connections". An
 * object of its own: it needs the kernel's type information, which the reader
 * does without.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "toa_maps.h"

/* What the kernel passes; the members that are read have had these places since
 * there are iterators.
 */
struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__bpf_sk_storage_map {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	struct sock *sk;
	struct toa_client *value;
};

char LICENSE[] SEC("license") = "GPL";

SEC("iter/bpf_sk_storage_map")
int toa_list(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	struct toa_client *client = ctx->value;

	if (client && client->state == TOA_KNOWN)
		bpf_seq_write(ctx->meta->seq, client, sizeof(*client));
	return 0;
}
