// SPDX-License-Identifier: GPL-2.0
/*
 * TCP tracking. The window check follows Guido van Rooij, "Real Stateful TCP
 * Packet Filtering in IP Filter" (2000); RST and SYN follow RFC 5961: what a
 * blind attacker can send never changes a state.
 *
 * Runs in softirq of the owner CPU only, which is what protects a track.
 */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <uapi/linux/mgw.h>

#include "hot.h"
#include "tcp_track.h"

#define WSCALE_MAX	14		/* RFC 7323, 2.3 */
#define MAXWIN_LIMIT	0x40000000u

/* How far ahead of what a client has sent its FIN may come. */
#define FIN_AHEAD_MAX	65535

/* How old an ACK may be: segments are reordered, but not for ever. */
#define ACK_LAG_MIN	66000u

static bool before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

static bool after(u32 a, u32 b)
{
	return before(b, a);
}

/**
 * mgw_tcp_flags_valid() - can a TCP have sent these flags?
 * @flags: byte 13 of the TCP header
 *
 * Return: false for NULL and XMAS scans, SYN+FIN, SYN+RST, RST+FIN, and for
 * everything but SYN and RST that has no ACK.
 */
bool __mgw_hot mgw_tcp_flags_valid(u8 flags)
{
	switch (flags & (MGW_TCPHDR_SYN | MGW_TCPHDR_RST | MGW_TCPHDR_FIN)) {
	case MGW_TCPHDR_SYN:
	case MGW_TCPHDR_RST:
		return true;
	case MGW_TCPHDR_FIN:
	case 0:
		return flags & MGW_TCPHDR_ACK;
	default:
		return false;
	}
}

/* What a SYN tells about its sender; its own window is never scaled. */
static void learn_syn(struct mgw_tcp_half *half, const struct mgw_tcp_seg *seg)
{
	half->end = seg->end;
	half->maxend = seg->end;
	half->maxwin = max_t(u32, seg->win, 1);
	half->wscale = 0;
	half->flags &= ~MGW_TCP_HALF_WSCALE;
	if (seg->wscale != MGW_TCP_NO_WSCALE) {
		half->wscale = min_t(u8, seg->wscale, WSCALE_MAX);
		half->flags |= MGW_TCP_HALF_WSCALE;
	}
}

/* Both SYNs are known: windows are scaled if both have offered it. */
static void agree(struct mgw_tcp_track *t)
{
	struct mgw_tcp_half *client = &t->half[MGW_DIR_FROM_CLIENT];
	struct mgw_tcp_half *rs = &t->half[MGW_DIR_FROM_RS];

	/* Fast open: the rs sends into the window of the client's SYN. */
	rs->maxend = rs->end + client->maxwin;
	rs->flags |= MGW_TCP_HALF_SEEN;
	if (!(client->flags & rs->flags & MGW_TCP_HALF_WSCALE)) {
		client->wscale = 0;
		rs->wscale = 0;
	}
}

/*
 * The rs's SYN, one of several perhaps. Until the client answers, its half holds
 * what it will acknowledge at least.
 */
static void learn_syn_of_rs(struct mgw_tcp_track *t,
			    const struct mgw_tcp_seg *seg)
{
	struct mgw_tcp_half *client = &t->half[MGW_DIR_FROM_CLIENT];

	learn_syn(&t->half[MGW_DIR_FROM_RS], seg);
	if (!(client->flags & MGW_TCP_HALF_ACKED))
		client->ack = seg->seq + 1;
}

static void go_liberal(struct mgw_tcp_track *t)
{
	t->half[MGW_DIR_FROM_CLIENT].flags |= MGW_TCP_HALF_LIBERAL;
	t->half[MGW_DIR_FROM_RS].flags |= MGW_TCP_HALF_LIBERAL;
}

/**
 * mgw_tcp_track_start() - begin with a client's SYN
 * @t: track
 * @state: enum mgw_session_state
 * @syn: the SYN, maybe with data
 *
 * Until the rs answers, its half holds what it will acknowledge at least:
 * the client's initial sequence number + 1.
 */
void mgw_tcp_track_start(struct mgw_tcp_track *t, u8 *state,
			 const struct mgw_tcp_seg *syn)
{
	struct mgw_tcp_half *client = &t->half[MGW_DIR_FROM_CLIENT];

	static_assert(MGW_SESSION_STATE_SYN_SENT < MGW_SESSION_STATE_SYN_RECV);
	static_assert(MGW_SESSION_STATE_SYN_RECV <
		      MGW_SESSION_STATE_ESTABLISHED);
	static_assert(MGW_SESSION_STATE_ESTABLISHED <
		      MGW_SESSION_STATE_FIN_WAIT);
	static_assert(MGW_SESSION_STATE_FIN_WAIT < MGW_SESSION_STATE_LAST_ACK);
	static_assert(MGW_SESSION_STATE_LAST_ACK < MGW_SESSION_STATE_TIME_WAIT);

	memset(t, 0, sizeof(*t));
	learn_syn(client, syn);
	client->flags |= MGW_TCP_HALF_SEEN;
	t->half[MGW_DIR_FROM_RS].ack = syn->seq + 1;
	*state = MGW_SESSION_STATE_SYN_SENT;
}

/**
 * mgw_tcp_track_pickup() - begin in the middle, with unknown window scaling
 * @t: track
 * @state: enum mgw_session_state, SYN_RECV or later
 *
 * For a session that another node has made. Its windows are never checked.
 */
void mgw_tcp_track_pickup(struct mgw_tcp_track *t, u8 state)
{
	memset(t, 0, sizeof(*t));
	go_liberal(t);
	t->half[MGW_DIR_FROM_RS].flags |= MGW_TCP_HALF_ACKED;
	if (state != MGW_SESSION_STATE_SYN_RECV)
		t->half[MGW_DIR_FROM_CLIENT].flags |= MGW_TCP_HALF_ACKED;
}

/*
 * The four bounds: data may start where the receiver has allowed to send, and
 * may not end before what it can still miss; an ACK is for data we have seen,
 * and for not too old data.
 */
static bool __mgw_hot in_window(const struct mgw_tcp_half *snd,
				const struct mgw_tcp_half *rcv,
				const struct mgw_tcp_seg *seg)
{
	if (unlikely((snd->flags | rcv->flags) & MGW_TCP_HALF_LIBERAL))
		return true;
	if (unlikely(!(snd->flags & rcv->flags & MGW_TCP_HALF_SEEN)))
		return false;

	/* A keepalive ends one byte before. */
	if (after(seg->seq, snd->maxend) ||
	    before(seg->end + 1, snd->end - rcv->maxwin))
		return false;
	if (!(seg->flags & MGW_TCPHDR_ACK))
		return true;

	return !after(seg->ack, rcv->end) &&
	       !before(seg->ack, rcv->end - max(snd->maxwin, ACK_LAG_MIN));
}

/* First segment of a session that was picked up. */
static void learn_first(struct mgw_tcp_half *snd, struct mgw_tcp_half *rcv,
			const struct mgw_tcp_seg *seg)
{
	snd->end = seg->end;
	snd->maxend = seg->end;
	snd->maxwin = 1;
	snd->ack = seg->ack;
	snd->flags |= MGW_TCP_HALF_SEEN;
	if (!(rcv->flags & MGW_TCP_HALF_SEEN))
		rcv->maxend = seg->ack;
}

static void __mgw_hot learn_ack(struct mgw_tcp_half *snd,
				struct mgw_tcp_half *rcv,
				const struct mgw_tcp_seg *seg, u32 win)
{
	/* A probe of a closed window is one byte long. */
	u32 maxend = seg->ack + max(win, 1u);

	if (after(seg->ack, snd->ack)) {
		snd->ack = seg->ack;
		snd->flags |= MGW_TCP_HALF_HEARD;
	}
	snd->flags |= MGW_TCP_HALF_ACKED;

	if (after(maxend, rcv->maxend))
		rcv->maxend = maxend;
	if (rcv->flags & MGW_TCP_HALF_FIN && !before(seg->ack, rcv->end))
		rcv->flags |= MGW_TCP_HALF_FIN_ACKED;
}

static void __mgw_hot learn(struct mgw_tcp_half *snd, struct mgw_tcp_half *rcv,
			    const struct mgw_tcp_seg *seg)
{
	u32 win = seg->win;
	u32 limit;

	if (!(seg->flags & MGW_TCPHDR_SYN))
		win <<= snd->wscale;
	if (unlikely(!(snd->flags & MGW_TCP_HALF_SEEN)))
		learn_first(snd, rcv, seg);

	if (win > snd->maxwin)
		snd->maxwin = win;
	if (after(seg->end, snd->end)) {
		/*
		 * The last segment may end beyond what is allowed; what is
		 * then sent again must not be too old by these bytes.
		 */
		limit = after(snd->end, snd->maxend) ? snd->end : snd->maxend;
		if (after(seg->end, limit))
			rcv->maxwin = min(rcv->maxwin + (seg->end - limit),
					  MAXWIN_LIMIT);
		snd->end = seg->end;
	}
	if (seg->flags & MGW_TCPHDR_ACK)
		learn_ack(snd, rcv, seg, win);
	if (seg->flags & MGW_TCPHDR_FIN)
		snd->flags |= MGW_TCP_HALF_FIN;
}

static unsigned int settle(struct mgw_tcp_track *t, u8 *state,
			   struct mgw_tcp_half *snd);

/*
 * Data behind an RST. Its sender never goes on after a true one. The other side's
 * data was in flight: it may go on until it knows, 4 minutes or so, as RFC 7857,
 * 2.2 has it for the case that the RST was forged, but not for hours.
 */
static noinline unsigned int settle_rst(struct mgw_tcp_track *t, u8 *state,
					struct mgw_tcp_half *snd)
{
	if (snd->flags & MGW_TCP_HALF_RST) {
		snd->flags &= ~MGW_TCP_HALF_RST;
		*state = MGW_SESSION_STATE_SYN_RECV;
		return settle(t, state, snd);
	}
	if (*state == MGW_SESSION_STATE_FIN_WAIT)
		return 0;
	*state = MGW_SESSION_STATE_FIN_WAIT;
	return MGW_TCP_STATE;
}

/*
 * The state follows from the flags of both halves, and but for that of an RST
 * these are only ever set: whatever is sent again or comes in another order, it
 * can't go back. @snd: whose segment it is.
 * Return: MGW_TCP_STATE or 0.
 */
static unsigned int __mgw_hot settle(struct mgw_tcp_track *t, u8 *state,
				     struct mgw_tcp_half *snd)
{
	u8 either = t->half[0].flags | t->half[1].flags;
	u8 both = t->half[0].flags & t->half[1].flags;
	u8 next;

	if (!(both & MGW_TCP_HALF_ACKED))
		next = MGW_SESSION_STATE_SYN_RECV;
	else if (!(either & (MGW_TCP_HALF_FIN | MGW_TCP_HALF_RST)))
		next = MGW_SESSION_STATE_ESTABLISHED;
	else if (either & MGW_TCP_HALF_RST)
		return settle_rst(t, state, snd);
	else if (!(both & MGW_TCP_HALF_FIN))
		next = MGW_SESSION_STATE_FIN_WAIT;
	else if (!(both & MGW_TCP_HALF_FIN_ACKED))
		next = MGW_SESSION_STATE_LAST_ACK;
	else
		next = MGW_SESSION_STATE_TIME_WAIT;

	/* Not after a pickup either; an RST before both sides spoke is no end. */
	if (*state != MGW_SESSION_STATE_CLOSE && next <= *state)
		return 0;

	*state = next;
	return MGW_TCP_STATE;
}

/* Does the rs acknowledge the client's SYN, which nobody can guess? */
static bool acks_syn(const struct mgw_tcp_track *t,
		     const struct mgw_tcp_seg *seg)
{
	return seg->flags & MGW_TCPHDR_ACK &&
	       !before(seg->ack, t->half[MGW_DIR_FROM_RS].ack) &&
	       !after(seg->ack, t->half[MGW_DIR_FROM_CLIENT].end);
}

/*
 * A client's SYN+ACK is half of a simultaneous open (RFC 9293, 3.5). The SYN
 * of the rs it answers may have been lost before it got here: then nothing is
 * known about the windows of the rs.
 */
static unsigned int syn_sent_client(struct mgw_tcp_track *t, u8 *state,
				    const struct mgw_tcp_seg *seg)
{
	struct mgw_tcp_half *client = &t->half[MGW_DIR_FROM_CLIENT];
	struct mgw_tcp_half *rs = &t->half[MGW_DIR_FROM_RS];
	bool same = seg->seq + 1 == rs->ack;

	if (!(seg->flags & MGW_TCPHDR_ACK))
		return same ? MGW_TCP_REFRESH : MGW_TCP_REUSE;
	if (!same)
		return MGW_TCP_OUT_OF_WINDOW;

	if (!rs->maxwin || rs->end != seg->ack) {
		rs->end = seg->ack;
		rs->maxwin = 1;
		client->ack = seg->ack;
		go_liberal(t);
	}
	agree(t);
	learn(client, rs, seg);
	return MGW_TCP_REFRESH | settle(t, state, client);
}

/*
 * Anyone can send a SYN without ACK in the name of the rs. It is noted for a
 * simultaneous open, and means nothing before the client acknowledges it.
 */
static unsigned int syn_sent_rs(struct mgw_tcp_track *t, u8 *state,
				const struct mgw_tcp_seg *seg)
{
	struct mgw_tcp_half *rs = &t->half[MGW_DIR_FROM_RS];

	if (!(seg->flags & MGW_TCPHDR_ACK)) {
		learn_syn_of_rs(t, seg);
		return 0;
	}
	if (!acks_syn(t, seg))
		return MGW_TCP_OUT_OF_WINDOW;

	learn_syn_of_rs(t, seg);
	agree(t);
	learn(rs, &t->half[MGW_DIR_FROM_CLIENT], seg);
	return MGW_TCP_REFRESH | settle(t, state, rs);
}

static unsigned int syn_recv_client(struct mgw_tcp_track *t, u8 *state,
				    const struct mgw_tcp_seg *seg)
{
	struct mgw_tcp_half *client = &t->half[MGW_DIR_FROM_CLIENT];
	struct mgw_tcp_half *rs = &t->half[MGW_DIR_FROM_RS];

	if (!(seg->flags & MGW_TCPHDR_ACK)) {
		/* With fast open, either what was acked or what was sent. */
		if (seg->seq + 1 == rs->ack || seg->end == client->end)
			return MGW_TCP_REFRESH;
		return 0;
	}
	if (!in_window(client, rs, seg))
		return MGW_TCP_OUT_OF_WINDOW;

	learn(client, rs, seg);
	return MGW_TCP_REFRESH | settle(t, state, client);
}

/*
 * An rs that answers by SYN cookies has forgotten its first SYN+ACK, so that
 * the second one may have another number. Nobody knows which one the client
 * takes, thus there is no window to check.
 */
static unsigned int syn_recv_rs(struct mgw_tcp_track *t, u8 *state,
				const struct mgw_tcp_seg *seg)
{
	struct mgw_tcp_half *client = &t->half[MGW_DIR_FROM_CLIENT];
	struct mgw_tcp_half *rs = &t->half[MGW_DIR_FROM_RS];

	if (!(seg->flags & MGW_TCPHDR_ACK))
		return seg->end == rs->end ? MGW_TCP_REFRESH : 0;

	if (before(seg->seq, rs->end) && in_window(rs, client, seg)) {
		learn(rs, client, seg);
		return MGW_TCP_REFRESH | settle(t, state, rs);
	}
	if (!acks_syn(t, seg))
		return MGW_TCP_OUT_OF_WINDOW;

	learn_syn_of_rs(t, seg);
	agree(t);
	go_liberal(t);
	return MGW_TCP_REFRESH;
}

/* An RST, and what the other side had sent before it knew: see settle_rst(). */
static bool is_reset(const struct mgw_tcp_track *t)
{
	return (t->half[0].flags | t->half[1].flags) & MGW_TCP_HALF_RST;
}

/*
 * A SYN on a living session is for the other side to challenge (RFC 5961, 4).
 * The client that really starts anew answers that by an exact RST.
 */
static noinline unsigned int track_syn(struct mgw_tcp_track *t, u8 *state,
				       enum mgw_dir dir,
				       const struct mgw_tcp_seg *seg)
{
	bool is_client = dir == MGW_DIR_FROM_CLIENT;

	switch (*state) {
	case MGW_SESSION_STATE_SYN_SENT:
		return is_client ? syn_sent_client(t, state, seg) :
				   syn_sent_rs(t, state, seg);
	case MGW_SESSION_STATE_SYN_RECV:
		return is_client ? syn_recv_client(t, state, seg) :
				   syn_recv_rs(t, state, seg);
	case MGW_SESSION_STATE_FIN_WAIT:
		if (!is_reset(t))
			return 0;
		fallthrough;
	case MGW_SESSION_STATE_TIME_WAIT:
	case MGW_SESSION_STATE_CLOSE:
		if (is_client && !(seg->flags & MGW_TCPHDR_ACK))
			return MGW_TCP_REUSE;
		return 0;
	default:
		return 0;
	}
}

/* Is it exactly what the receiver expects (RFC 5961, 3.2)? */
static bool is_exact_rst(const struct mgw_tcp_track *t, u8 state,
			 enum mgw_dir dir, const struct mgw_tcp_seg *seg)
{
	const struct mgw_tcp_half *snd = &t->half[dir];
	const struct mgw_tcp_half *rcv = &t->half[mgw_dir_other(dir)];
	const u8 known = MGW_TCP_HALF_SEEN | MGW_TCP_HALF_ACKED;

	if (state == MGW_SESSION_STATE_SYN_SENT) {
		if (dir == MGW_DIR_FROM_RS)
			return acks_syn(t, seg);
		if (seg->seq == rcv->ack)
			return true;
	}

	return ((rcv->flags & known) == known && seg->seq == rcv->ack) ||
	       (snd->flags & MGW_TCP_HALF_SEEN && seg->seq == snd->end);
}

static noinline unsigned int track_rst(struct mgw_tcp_track *t, u8 *state,
				       enum mgw_dir dir,
				       const struct mgw_tcp_seg *seg)
{
	const struct mgw_tcp_half *rcv = &t->half[mgw_dir_other(dir)];

	if (!is_exact_rst(t, *state, dir, seg))
		return in_window(&t->half[dir], rcv, seg) ?
		       0 : MGW_TCP_OUT_OF_WINDOW;

	/* TIME_WAIT is not cut short (RFC 1337), nor is CLOSE prolonged. */
	if (*state == MGW_SESSION_STATE_TIME_WAIT ||
	    *state == MGW_SESSION_STATE_CLOSE)
		return 0;

	t->half[dir].flags |= MGW_TCP_HALF_RST;
	*state = MGW_SESSION_STATE_CLOSE;
	return MGW_TCP_REFRESH | MGW_TCP_STATE;
}

/**
 * mgw_tcp_track_segment() - judge a segment and learn from it
 * @t: track
 * @state: enum mgw_session_state
 * @dir: who sent it
 * @seg: with flags that mgw_tcp_flags_valid() has accepted
 *
 * No verdict means to drop: the end hosts judge better, and a challenge ACK
 * has to get through.
 *
 * Return: MGW_TCP_REFRESH, and MGW_TCP_STATE with it; or one of MGW_TCP_REUSE
 * and MGW_TCP_OUT_OF_WINDOW; or 0 for what is in order but proves nothing.
 */
unsigned int __mgw_hot mgw_tcp_track_segment(struct mgw_tcp_track *t,
					     u8 *state, enum mgw_dir dir,
					     const struct mgw_tcp_seg *seg)
{
	struct mgw_tcp_half *snd = &t->half[dir];
	struct mgw_tcp_half *rcv = &t->half[mgw_dir_other(dir)];

	if (unlikely(seg->flags & MGW_TCPHDR_RST))
		return track_rst(t, state, dir, seg);
	if (unlikely(seg->flags & MGW_TCPHDR_SYN))
		return track_syn(t, state, dir, seg);
	if (!in_window(snd, rcv, seg))
		return MGW_TCP_OUT_OF_WINDOW;

	learn(snd, rcv, seg);
	return MGW_TCP_REFRESH | settle(t, state, snd);
}

/* Neither far ahead of nor far behind what the client has sent so far. */
static bool near(const struct mgw_tcp_half *client,
		 const struct mgw_tcp_seg *seg)
{
	s32 ahead = seg->seq - client->end;

	return ahead <= (s32)MAXWIN_LIMIT && ahead >= -(s32)MAXWIN_LIMIT;
}

/*
 * A FIN is the last that a client sends, and whoever can't see its numbers must not
 * end its session: no other than the next one, or a little ahead, as segments
 * overtake each other.
 */
static bool is_last(const struct mgw_tcp_half *client,
		    const struct mgw_tcp_seg *seg)
{
	s32 ahead = seg->seq - client->end;

	return seg->flags & MGW_TCPHDR_FIN && ahead >= 0 &&
	       ahead <= FIN_AHEAD_MAX;
}

static unsigned int one_way_syn(const struct mgw_tcp_track *t, u8 state,
				const struct mgw_tcp_seg *seg)
{
	bool same = seg->seq + 1 == t->half[MGW_DIR_FROM_RS].ack;

	if (seg->flags & MGW_TCPHDR_ACK)
		return 0;
	if (same)
		return state == MGW_SESSION_STATE_SYN_SENT ?
		       MGW_TCP_REFRESH : 0;
	return state == MGW_SESSION_STATE_ESTABLISHED ? 0 : MGW_TCP_REUSE;
}

static unsigned int one_way_rst(const struct mgw_tcp_track *t, u8 *state,
				const struct mgw_tcp_seg *seg)
{
	if (*state == MGW_SESSION_STATE_CLOSE)
		return 0;
	if (seg->seq != t->half[MGW_DIR_FROM_CLIENT].end &&
	    seg->seq != t->half[MGW_DIR_FROM_RS].ack)
		return 0;
	*state = MGW_SESSION_STATE_CLOSE;
	return MGW_TCP_REFRESH | MGW_TCP_STATE;
}

/**
 * mgw_tcp_track_one_way() - judge a client's segment where the rs answers it
 *	directly, so that nobody knows what the rs has sent or allowed
 * @t: track
 * @state: enum mgw_session_state
 * @seg: with flags that mgw_tcp_flags_valid() has accepted
 *
 * The states are SYN_SENT, ESTABLISHED from the first ACK on, FIN_WAIT from the
 * client's FIN on, CLOSE after its RST; the client may begin anew in all but
 * ESTABLISHED.
 *
 * Return: as mgw_tcp_track_segment().
 */
unsigned int mgw_tcp_track_one_way(struct mgw_tcp_track *t, u8 *state,
				   const struct mgw_tcp_seg *seg)
{
	struct mgw_tcp_half *client = &t->half[MGW_DIR_FROM_CLIENT];
	u8 next = MGW_SESSION_STATE_ESTABLISHED;

	if (seg->flags & MGW_TCPHDR_RST)
		return one_way_rst(t, state, seg);
	if (seg->flags & MGW_TCPHDR_SYN)
		return one_way_syn(t, *state, seg);
	if (!near(client, seg))
		return MGW_TCP_OUT_OF_WINDOW;

	if (is_last(client, seg))
		client->flags |= MGW_TCP_HALF_FIN;
	if (after(seg->end, client->end))
		client->end = seg->end;
	if (client->flags & MGW_TCP_HALF_FIN)
		next = MGW_SESSION_STATE_FIN_WAIT;
	if (*state >= next)
		return MGW_TCP_REFRESH;
	*state = next;
	return MGW_TCP_REFRESH | MGW_TCP_STATE;
}
