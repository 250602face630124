/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sessions: tracked flows. A session, its place in a table and wheel, and the
 * ports of its laddr are read and written by one CPU only, its owner, in
 * softirq or with BH disabled. Whoever else wants to look asks the owner
 * (mgw_session_bite()).
 */
#ifndef MGW_SESSION_H
#define MGW_SESSION_H

#include <linux/lockdep.h>
#include <linux/smp.h>
#include <uapi/linux/mgw.h>

#include "addr.h"
#include "dir.h"
#include "mode.h"
#include "table.h"
#include "tcp_track.h"
#include "wheel.h"

struct mgw_cpu;
struct mgw_net;
struct mgw_packet;
struct mgw_portmap;
struct mgw_rs;

#define MGW_SESSION_STRIP_TIMESTAMPS	BIT(0)
/* Its tuple has a word in the flow director. */
#define MGW_SESSION_DIRECTED		BIT(1)
/* So has the tuple of the rs's packets, where no laddr leads to the owner. */
#define MGW_SESSION_RS_DIRECTED		BIT(2)
/* The rs answers the client itself: modes dr and tunnel. */
#define MGW_SESSION_ONE_WAY		BIT(3)
/* The rs is still to be told the client's address, see toa.h. */
#define MGW_SESSION_TOA			BIT(4)

/**
 * struct mgw_side - what one end of a session sends, as it arrives here
 * @node: entry in the owner's table; nobody looks for the rs's with
 *	MGW_SESSION_ONE_WAY
 * @saddr: IPv4 source, of a side of that family
 * @daddr: IPv4 destination, likewise
 * @sport: source port
 * @dport: destination port
 * @ports: both
 * @addr_diff: what rewriting its addresses adds to a sum, folded
 * @l4_diff: the same of addresses and ports
 */
struct mgw_side {
	struct mgw_table_node node;
	__be32 saddr;
	__be32 daddr;
	union {
		struct {
			__be16 sport;
			__be16 dport;
		};
		u32 ports;
	};
	u16 addr_diff;
	u16 l4_diff;
} __aligned(32);

/* The addresses of a side of IPv6. */
struct mgw_side6 {
	struct in6_addr saddr;
	struct in6_addr daddr;
};

/**
 * struct mgw_session - one flow: two sides, each by enum mgw_dir
 *
 * A packet of one side leaves as an answer to the other one would: with that
 * side's source as its destination, and the other way round. The modes differ in
 * what they fill in. In the order in which packets touch it, by cache line:
 *
 * What a packet of IPv4 is matched with, its addresses and ports come from:
 * @side: as the client's packets arrive (c -> v), and the rs's (r -> l); extra is
 *	the mode it was made in and, from the beginning, its owner's CPU
 *
 * Written by each packet:
 * @bytes: sent
 * @rs: with a reference
 * @packets: sent
 * @iif: device whose packets have passed source.c
 * @seq_delta: added to sequence numbers
 * @route: number in the owner's mgw_routes of the way its packets go
 * @flags: MGW_SESSION_*
 * @state: enum mgw_session_state
 * @opened: about when it began; TCP, for the next initial sequence number
 * @wheel: deadline; its link is in the next line
 *
 * TCP, and the end:
 * @track: sequence numbers as the client sees them
 * @map: whose port l has; NULL in modes that keep the client's address
 *
 * @side6: see struct mgw_side6
 */
struct mgw_session {
	struct mgw_side side[MGW_DIR_MAX];

	u64 bytes[MGW_DIR_MAX];
	struct mgw_rs *rs;
	u32 packets[MGW_DIR_MAX];
	int iif[MGW_DIR_MAX];
	u32 seq_delta[MGW_DIR_MAX];
	u16 route[MGW_DIR_MAX];
	u8 flags;
	u8 state;
	u16 opened;
	struct mgw_wheel_node wheel;

	struct mgw_tcp_track track;
	struct mgw_portmap *map;

	struct mgw_side6 side6[MGW_DIR_MAX];
};

#define MGW_SESSION_LINE 64
static_assert(offsetof(struct mgw_side, node) == 0);
static_assert(offsetof(struct mgw_session, side) == 0);
static_assert(MGW_DIR_MAX * sizeof(struct mgw_side) == MGW_SESSION_LINE);
#ifdef CONFIG_64BIT
static_assert(offsetof(struct mgw_session, bytes) == MGW_SESSION_LINE);
static_assert(offsetof(struct mgw_session, wheel.link) ==
	      2 * MGW_SESSION_LINE);
static_assert(offsetof(struct mgw_session, side6) == 3 * MGW_SESSION_LINE);
static_assert(sizeof(struct mgw_session) == 4 * MGW_SESSION_LINE);
#endif

/*
 * For whoever has the session: its maker before it is linked, its CPU afterwards; see
 * mgw_assert_owner().
 */
static inline void mgw_assert_session(const struct mgw_session *sess)
{
	lockdep_assert(in_softirq() &&
		       sess->side[MGW_DIR_FROM_RS].node.extra ==
		       smp_processor_id());
}

static inline void mgw_session_set_owner(struct mgw_session *sess,
					 unsigned int cpu)
{
	sess->side[MGW_DIR_FROM_RS].node.extra = cpu;
}

/*
 * Sessions begin a cache line, and their sides fill it: a node's address says which
 * session and which side it is, before any of it has come from memory.
 */
static __always_inline struct mgw_session *
mgw_session_of(const struct mgw_table_node *node)
{
	return (void *)((unsigned long)node & ~(MGW_SESSION_LINE - 1UL));
}

static __always_inline enum mgw_dir
mgw_session_dir(const struct mgw_table_node *node)
{
	return (unsigned long)node / sizeof(struct mgw_side) % MGW_DIR_MAX;
}

static inline u8 mgw_session_proto(const struct mgw_session *sess)
{
	return sess->side[MGW_DIR_FROM_CLIENT].node.proto;
}

/* The one it was made in. */
static inline enum mgw_mode mgw_session_mode(const struct mgw_session *sess)
{
	return sess->side[MGW_DIR_FROM_CLIENT].node.extra;
}

/* What that asks for and allows. */
static inline const struct mgw_mode_rules *
mgw_session_rules(const struct mgw_session *sess)
{
	return &mgw_mode_rules[mgw_session_mode(sess)];
}

static inline void mgw_session_set_mode(struct mgw_session *sess,
					enum mgw_mode mode)
{
	sess->side[MGW_DIR_FROM_CLIENT].node.extra = mode;
}

static inline u8 mgw_session_family(const struct mgw_session *sess,
				    enum mgw_dir dir)
{
	return sess->side[dir].node.family;
}

/* What a packet looks like from outside: key of the tables and director. */
struct mgw_tuple {
	union nf_inet_addr saddr;
	union nf_inet_addr daddr;
	union {
		struct {
			__be16 sport;
			__be16 dport;
		};
		u32 ports;
	};
	u8 proto;
	u8 family;
};

u32 mgw_tuple_hash(const struct mgw_net *mnet, const struct mgw_tuple *tuple);
u64 mgw_tuple_hash64(const struct mgw_net *mnet, const struct mgw_tuple *tuple);

/**
 * mgw_session_lookup() - the session of a tuple on this CPU
 * @mc: this CPU
 * @tuple: from either side
 * @hash: mgw_tuple_hash() of it
 * @dir: who sent it, when found
 *
 * Context: owner, BH disabled.
 */
struct mgw_session *mgw_session_lookup(const struct mgw_cpu *mc,
				       const struct mgw_tuple *tuple, u32 hash,
				       enum mgw_dir *dir);

/* Its key in the director, of the packets that come from @dir. */
u64 mgw_session_hash64(const struct mgw_net *mnet,
		       const struct mgw_session *sess, enum mgw_dir dir);
/* Zeroed, or NULL. */
struct mgw_session *mgw_session_alloc(void);
/* Never linked, holds no route: for a creation that failed half way. */
void mgw_session_free(struct mgw_session *sess);
/* The tuple of the packets that come from @dir: (c -> v), or (r -> l). */
void mgw_session_tuple(const struct mgw_session *sess, enum mgw_dir dir,
		       struct mgw_tuple *tuple);
/* @hash: mgw_tuple_hash() of it. */
void mgw_session_set_tuple(struct mgw_session *sess, enum mgw_dir dir,
			   const struct mgw_tuple *tuple, u32 hash);
/* What the packets from @dir have as they leave: the reverse of the other side's. */
void mgw_session_new_tuple(const struct mgw_session *sess, enum mgw_dir dir,
			   struct mgw_tuple *tuple);

/**
 * mgw_session_link() - a filled session comes to life on this CPU
 * @mc: this CPU
 * @sess: with both tuples, rs (reference), map (port), state and flags set
 *
 * Context: owner, BH disabled.
 */
void mgw_session_link(struct mgw_cpu *mc, struct mgw_session *sess);

/**
 * mgw_session_end() - unlink and free
 * @mc: the owner
 * @sess: one of its sessions
 * @why: the counter to add to
 *
 * Context: owner, BH disabled.
 */
void mgw_session_end(struct mgw_cpu *mc, struct mgw_session *sess,
		     enum mgw_counter why);

/*
 * Over, or no more than an attempt: of a handshake that its client has not
 * finished, or of one datagram, whoever sent it. Flows whose client has shown
 * that answers reach it stay.
 */
bool mgw_session_may_go(const struct mgw_session *sess);

/**
 * mgw_session_replace() - end a session that may go, as a new one needs the room
 * @mc: this CPU
 *
 * Among those that would end soonest, from where the last search ended; a few are
 * looked at.
 *
 * Context: owner, BH disabled.
 * Return: false when none of them may go.
 */
bool mgw_session_replace(struct mgw_cpu *mc);

/* The number its SYN to the rs starts with, beyond those of the last one. */
u32 mgw_session_isn(const struct mgw_net *mnet, const struct mgw_session *sess);

/* The deadline of its present state, from now on. */
void mgw_session_refresh(struct mgw_session *sess);
/* The same after a change of state, which may bring the deadline nearer. */
void mgw_session_restate(struct mgw_cpu *mc, struct mgw_session *sess);

/**
 * mgw_session_make_room() - buckets for sessions that are about to come
 * @mc: this CPU
 * @sessions: how many
 *
 * Without memory the table stays as it is, and grows later.
 *
 * Context: process, on the owner CPU. May sleep.
 */
void mgw_session_make_room(struct mgw_cpu *mc, u32 sessions);

/**
 * mgw_session_keep_room() - the growth of a table goes on
 * @mc: this CPU
 *
 * Where few sessions begin, inserts alone would take for ever.
 *
 * Context: owner, BH disabled.
 * Return: false when there is more to do.
 */
bool mgw_session_keep_room(struct mgw_cpu *mc);

/* Runs @fn on the CPU of @mc, process context; -ENODEV when it is offline. */
long mgw_session_on_owner(const struct mgw_cpu *mc, long (*fn)(void *arg),
			  void *arg);

/* What a dump shows of a session: a copy, valid anywhere. */
struct mgw_session_view {
	union nf_inet_addr caddr, vaddr, laddr, raddr;
	__be16 cport, vport, lport, rport;
	u8 proto, cfamily, lfamily, rfamily, state, mode;
	u16 cpu;
	u32 expires;	/* seconds */
	u64 packets[MGW_DIR_MAX];
	u64 bytes[MGW_DIR_MAX];
};

#define MGW_FILTER_PROTO	BIT(0)
#define MGW_FILTER_CADDR	BIT(1)
#define MGW_FILTER_CPORT	BIT(2)
#define MGW_FILTER_VADDR	BIT(3)
#define MGW_FILTER_VPORT	BIT(4)
#define MGW_FILTER_LADDR	BIT(5)
#define MGW_FILTER_LPORT	BIT(6)
#define MGW_FILTER_RADDR	BIT(7)
#define MGW_FILTER_RPORT	BIT(8)
#define MGW_FILTER_FWMARK	BIT(9)

/* What a session must match: all that @has names. */
struct mgw_session_filter {
	u32 has;
	u8 proto;
	u8 cfamily, vfamily, lfamily, rfamily;
	union nf_inet_addr caddr, vaddr, laddr, raddr;
	__be16 cport, vport, lport, rport;
	u32 fwmark;
};

/* Where a walk over the sessions of all CPUs stands. Zero to start. */
struct mgw_session_cursor {
	unsigned int cpu;
	u32 bucket;
	bool done;
};

/* Copies of sessions. Zero to start; freed by mgw_session_views_free(). */
struct mgw_session_views {
	struct mgw_session_view *view;
	unsigned int room;
	unsigned int count;
};

void mgw_session_views_free(struct mgw_session_views *views);

/**
 * mgw_session_bite() - ask an owner for some of its sessions
 * @mnet: namespace
 * @cursor: zeroed at first, moved on; @cursor->done when all were seen
 * @filter: which
 * @views: what is found; its room grows when a bucket has more than fits
 *
 * Context: process, may sleep. The owner's softirq waits for one bite at most.
 * Sessions that live through the whole walk and stay on their CPU are seen
 * exactly once.
 * Return: 0, also when none was found, see @cursor->done; or -ENOMEM.
 */
int mgw_session_bite(struct mgw_net *mnet, struct mgw_session_cursor *cursor,
		     const struct mgw_session_filter *filter,
		     struct mgw_session_views *views);
/*
 * The same walk, all at once: how many match; how many were ended. It ends
 * early when the caller is killed.
 */
u64 mgw_session_count(struct mgw_net *mnet,
		      const struct mgw_session_filter *filter);
u64 mgw_session_flush(struct mgw_net *mnet,
		      const struct mgw_session_filter *filter);
/* For the end of a namespace: all of them, whatever befalls the caller. */
void mgw_session_end_all(struct mgw_net *mnet);

/*
 * Out of one CPU's table and wheel and into another's, with the words of the
 * director: see rehome.c, which sees to it that nobody misses it meanwhile.
 */
void mgw_session_detach(struct mgw_cpu *mc, struct mgw_session *sess);
void mgw_session_attach(struct mgw_cpu *mc, struct mgw_session *sess);

/* Of the CPUs that take sessions one that is not @mc's, by @hash. */
unsigned int mgw_session_other_cpu(const struct mgw_cpu *mc, u32 hash);

/**
 * mgw_session_next_owner() - the CPU whose a session will be
 * @mc: its owner
 * @sess: one of its sessions
 *
 * That of its laddr, once the move that is planned is done; without a laddr, in modes
 * that need none, it stays while its CPU does.
 *
 * Context: owner, BH disabled; a move is under way.
 */
unsigned int mgw_session_next_owner(const struct mgw_cpu *mc,
				    const struct mgw_session *sess);

/* On a CPU that is back on line: its sessions age again. Process context. */
void mgw_session_cpu_resume(struct mgw_cpu *mc);

int mgw_session_cpu_init(struct mgw_cpu *mc);
void mgw_session_cpu_exit(struct mgw_cpu *mc);

int mgw_session_cache_create(void);
void mgw_session_cache_destroy(void);

#endif /* MGW_SESSION_H */
