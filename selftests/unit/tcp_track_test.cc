// SPDX-License-Identifier: GPL-2.0
//
// TCP tracking: named cases, each with numbers that wrap in all ways (T-15),
// and two modelled TCPs that talk through it over a bad network.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <random>
#include <vector>

extern "C" {
#include "tcp_track.h"
}
#include <uapi/linux/mgw.h>

namespace {

constexpr u8 Fin = MGW_TCPHDR_FIN, Syn = MGW_TCPHDR_SYN, Rst = MGW_TCPHDR_RST,
	     Psh = MGW_TCPHDR_PSH, Ack = MGW_TCPHDR_ACK, Urg = MGW_TCPHDR_URG;
constexpr mgw_dir C = MGW_DIR_FROM_CLIENT, R = MGW_DIR_FROM_RS;
constexpr unsigned int Refresh = MGW_TCP_REFRESH, Oow = MGW_TCP_OUT_OF_WINDOW,
		       Changed = MGW_TCP_REFRESH | MGW_TCP_STATE,
		       Reuse = MGW_TCP_REUSE;
constexpr int SynSent = MGW_SESSION_STATE_SYN_SENT,
	      SynRecv = MGW_SESSION_STATE_SYN_RECV,
	      Established = MGW_SESSION_STATE_ESTABLISHED,
	      FinWait = MGW_SESSION_STATE_FIN_WAIT,
	      LastAck = MGW_SESSION_STATE_LAST_ACK,
	      TimeWait = MGW_SESSION_STATE_TIME_WAIT,
	      Close = MGW_SESSION_STATE_CLOSE;

static_assert(sizeof(mgw_tcp_track) == 40);

// With the state, which a session has elsewhere.
struct Tracked : mgw_tcp_track {
	u8 state;
};

void pickup(Tracked* t, u8 state)
{
	mgw_tcp_track_pickup(t, state);
	t->state = state;
}

struct Isns {
	u32 client, rs;
};

// Numbers are relative: 0 is the SYN of the sender, 1 its first byte.
class Tcp : public testing::TestWithParam<Isns> {
public:
	Tracked t;
	u16 win = 60000;
	u8 wscale[2] = { MGW_TCP_NO_WSCALE, MGW_TCP_NO_WSCALE };

	mgw_tcp_seg seg(mgw_dir dir, u8 flags, u32 seq, u32 ack, u32 len = 0)
	{
		u32 mine = dir == C ? GetParam().client : GetParam().rs;
		u32 other = dir == C ? GetParam().rs : GetParam().client;
		mgw_tcp_seg s{};

		s.seq = mine + seq;
		s.ack = flags & Ack ? other + ack : 0;
		s.end = s.seq + len + !!(flags & Syn) + !!(flags & Fin);
		s.win = win;
		s.flags = flags;
		s.wscale = flags & Syn ? wscale[dir] : MGW_TCP_NO_WSCALE;
		return s;
	}

	unsigned int send(mgw_dir dir, u8 flags, u32 seq, u32 ack, u32 len = 0)
	{
		mgw_tcp_seg s = seg(dir, flags, seq, ack, len);

		return mgw_tcp_track_segment(&t, &t.state, dir, &s);
	}

	void start(u32 len = 0)
	{
		mgw_tcp_seg s = seg(C, Syn, 0, 0, len);

		mgw_tcp_track_start(&t, &t.state, &s);
		ASSERT_EQ(t.state, SynSent);
	}

	void establish()
	{
		start();
		ASSERT_EQ(send(R, Syn | Ack, 0, 1), Changed);
		ASSERT_EQ(t.state, SynRecv);
		ASSERT_EQ(send(C, Ack, 1, 1), Changed);
		ASSERT_EQ(t.state, Established);
	}

	// 100 bytes each way, both acknowledged.
	void talk()
	{
		establish();
		ASSERT_EQ(send(C, Ack | Psh, 1, 1, 100), Refresh);
		ASSERT_EQ(send(R, Ack | Psh, 1, 101, 100), Refresh);
		ASSERT_EQ(send(C, Ack, 101, 101), Refresh);
	}

	void finish()
	{
		talk();
		ASSERT_EQ(send(C, Fin | Ack, 101, 101), Changed);
		ASSERT_EQ(send(R, Fin | Ack, 101, 102), Changed);
		ASSERT_EQ(send(C, Ack, 102, 102), Changed);
		ASSERT_EQ(t.state, TimeWait);
	}

	// Forwarded, and as if it had never been there.
	void expect_nothing(mgw_dir dir, unsigned int verdict,
			    const mgw_tcp_seg &s)
	{
		Tracked was = t;

		EXPECT_EQ(mgw_tcp_track_segment(&t, &t.state, dir, &s), verdict);
		EXPECT_EQ(memcmp(&was, &t, sizeof(t)), 0);
	}
};

#define STATE(s) ASSERT_EQ(t.state, s)
#define SEND(verdict, ...) ASSERT_EQ(send(__VA_ARGS__), verdict)
#define NOTHING(verdict, dir, ...) \
	expect_nothing(dir, verdict, seg(dir, __VA_ARGS__))

INSTANTIATE_TEST_SUITE_P(
	T15, Tcp,
	testing::Values(Isns{ 1000, 5000000 }, Isns{ 0, 0 },
			Isns{ 0xffffffff, 0xffffffff },
			Isns{ 0xffffff9c, 0x7fffffff },
			Isns{ 0x7fffffff, 0xfffffff0 },
			Isns{ 0x80000000, 0 }),
	[](const auto &info) { return std::to_string(info.index); });

TEST_P(Tcp, T01_client_closes)
{
	talk();
	SEND(Changed, C, Fin | Ack, 101, 101);
	STATE(FinWait);
	SEND(Refresh, R, Ack, 101, 102);
	STATE(FinWait);
	SEND(Changed, R, Fin | Ack, 101, 102);
	STATE(LastAck);
	SEND(Changed, C, Ack, 102, 102);
	STATE(TimeWait);
	SEND(Refresh, R, Fin | Ack, 101, 102);
	STATE(TimeWait);
}

TEST_P(Tcp, T01_rs_closes_with_data)
{
	talk();
	SEND(Changed, R, Fin | Ack, 101, 101, 50);
	STATE(FinWait);
	SEND(Changed, C, Fin | Ack, 101, 152);
	STATE(LastAck);
	SEND(Changed, R, Ack, 152, 102);
	STATE(TimeWait);
}

TEST_P(Tcp, T01_ack_with_data_or_fin_establishes)
{
	start();
	SEND(Changed, R, Syn | Ack, 0, 1);
	SEND(Changed, C, Ack | Psh, 1, 1, 1000);
	STATE(Established);

	start();
	SEND(Changed, R, Syn | Ack, 0, 1);
	SEND(Changed, C, Ack | Fin, 1, 1, 1000);
	STATE(FinWait);
}

TEST_P(Tcp, T02_simultaneous_open)
{
	// Linux: each answers the SYN by SYN+ACK.
	start();
	SEND(0u, R, Syn, 0, 0);
	STATE(SynSent);
	SEND(Changed, C, Syn | Ack, 0, 1);
	STATE(SynRecv);
	SEND(Changed, R, Syn | Ack, 0, 1);
	STATE(Established);
	SEND(Refresh, C, Ack, 1, 1, 1000);
	SEND(Refresh, R, Ack, 1, 1001, 1000);

	// The other order.
	start();
	SEND(0u, R, Syn, 0, 0);
	SEND(Changed, R, Syn | Ack, 0, 1);
	STATE(SynRecv);
	SEND(Changed, C, Syn | Ack, 0, 1);
	STATE(Established);

	// The SYN+ACK of the rs is lost, its plain ACK is enough.
	start();
	SEND(0u, R, Syn, 0, 0);
	SEND(Changed, C, Syn | Ack, 0, 1);
	SEND(Changed, R, Ack, 1, 1);
	STATE(Established);
	EXPECT_FALSE(t.half[C].flags & MGW_TCP_HALF_LIBERAL);
	SEND(Refresh, C, Ack, 1, 1, 1000);
}

TEST_P(Tcp, T02_simultaneous_open_with_scaling)
{
	wscale[C] = 7;
	wscale[R] = 5;
	start();
	SEND(0u, R, Syn, 0, 0);
	SEND(Changed, C, Syn | Ack, 0, 1);
	SEND(Changed, R, Syn | Ack, 0, 1);
	EXPECT_EQ(t.half[C].wscale, 7);
	EXPECT_EQ(t.half[R].wscale, 5);

	// The bare SYN came another way, or was forged.
	for (int forged = 0; forged < 2; forged++) {
		start();
		if (forged) {
			SEND(0u, R, Syn, 77777, 0);
		}
		SEND(Changed, C, Syn | Ack, 0, 1);
		STATE(SynRecv);
		EXPECT_TRUE(t.half[C].flags & MGW_TCP_HALF_LIBERAL);
		SEND(Changed, R, Ack, 1, 1);
		STATE(Established);
		SEND(Refresh, C, Ack, 1, 1, 1000);
		SEND(Refresh, R, Ack, 1, 1001, 1000);
	}
}

TEST_P(Tcp, T02_forged_syn_of_the_rs_does_no_harm)
{
	start();
	SEND(0u, R, Syn, 12345678, 0);
	STATE(SynSent);
	SEND(Refresh, C, Syn, 0, 0);
	SEND(Changed, R, Syn | Ack, 0, 1);
	SEND(Changed, C, Ack, 1, 1);
	STATE(Established);
	SEND(Refresh, R, Ack, 1, 1, 1000);
	EXPECT_FALSE(t.half[C].flags & MGW_TCP_HALF_LIBERAL);
}

TEST_P(Tcp, T02_rs_is_ahead_of_the_lost_ack)
{
	start();
	SEND(Changed, R, Syn | Ack, 0, 1);
	SEND(Refresh, R, Ack | Psh, 1, 1, 1000);
	SEND(Refresh, R, Ack | Psh, 1001, 1, 1000);
	STATE(SynRecv);
	SEND(Changed, C, Ack, 1, 1001);
	STATE(Established);
}

TEST_P(Tcp, T03_simultaneous_close)
{
	talk();
	SEND(Changed, C, Fin | Ack, 101, 101);
	SEND(Changed, R, Fin | Ack, 101, 101);
	STATE(LastAck);
	SEND(Refresh, R, Ack, 102, 102);
	STATE(LastAck);
	SEND(Changed, C, Ack, 102, 102);
	STATE(TimeWait);
}

TEST_P(Tcp, T04_half_close)
{
	talk();
	SEND(Changed, C, Fin | Ack, 101, 101);
	for (u32 i = 0; i < 100; i++) {
		SEND(Refresh, R, Ack | Psh, 101 + 1000 * i, 102, 1000);
		STATE(FinWait);
		SEND(Refresh, C, Ack, 102, 1101 + 1000 * i);
		STATE(FinWait);
	}
	SEND(Changed, R, Fin | Ack, 100101, 102);
	SEND(Changed, C, Ack, 102, 100102);
	STATE(TimeWait);
}

TEST_P(Tcp, T05_retransmissions_do_not_go_back)
{
	start();
	SEND(Refresh, C, Syn, 0, 0);
	STATE(SynSent);
	SEND(Changed, R, Syn | Ack, 0, 1);
	SEND(Refresh, C, Syn, 0, 0);
	STATE(SynRecv);
	SEND(Refresh, R, Syn | Ack, 0, 1);
	STATE(SynRecv);
	SEND(Changed, C, Ack, 1, 1);
	NOTHING(0u, R, Syn | Ack, 0, 1);
	NOTHING(0u, C, Syn, 0, 0);
	SEND(Refresh, C, Ack | Psh, 1, 1, 100);
	SEND(Refresh, C, Ack | Psh, 1, 1, 100);
	SEND(Refresh, R, Ack, 1, 101);
	SEND(Refresh, R, Ack, 1, 101);
	SEND(Changed, C, Fin | Ack, 101, 1);
	SEND(Refresh, C, Fin | Ack, 101, 1);
	STATE(FinWait);
	SEND(Refresh, R, Ack, 1, 102);
	SEND(Refresh, C, Ack | Psh, 1, 1, 100);
	SEND(Refresh, R, Ack, 1, 101);
	STATE(FinWait);
	SEND(Changed, R, Fin | Ack, 1, 102);
	SEND(Refresh, C, Fin | Ack, 101, 1);
	SEND(Refresh, R, Fin | Ack, 1, 102);
	STATE(LastAck);
	SEND(Changed, C, Ack, 102, 2);
	SEND(Refresh, R, Fin | Ack, 1, 102);
	SEND(Refresh, C, Fin | Ack, 101, 1);
	STATE(TimeWait);
}

TEST_P(Tcp, T06_exact_rst_closes)
{
	talk();
	SEND(Changed, R, Rst, 101, 0);
	STATE(Close);
	NOTHING(0u, R, Rst, 101, 0);

	talk();
	SEND(Changed, C, Rst | Ack, 101, 101);
	STATE(Close);

	// What the rs has not acknowledged yet is the sender's own end.
	talk();
	SEND(Refresh, C, Ack | Psh, 101, 101, 500);
	Tracked was = t;
	SEND(Changed, C, Rst, 601, 0);
	STATE(Close);
	t = was;
	SEND(Changed, C, Rst, 101, 0);
	STATE(Close);

	start();
	SEND(Changed, R, Syn | Ack, 0, 1);
	SEND(Changed, R, Rst, 1, 0);
	STATE(Close);
	start();
	SEND(Changed, R, Syn | Ack, 0, 1);
	SEND(Changed, C, Rst, 1, 0);
	STATE(Close);
}

TEST_P(Tcp, T06_inexact_rst_does_not)
{
	talk();
	for (u32 off : { 1u, 2u, 100u, 30000u, 59999u }) {
		NOTHING(0u, R, Rst, 101 + off, 0);
		NOTHING(0u, R, Rst | Ack, 101 + off, 101);
		NOTHING(0u, C, Rst, 101 + off, 0);
	}
	NOTHING(0u, R, Rst, 100, 0);
	for (u32 off : { 60001u, 1u << 20, 1u << 31, -100000u }) {
		NOTHING(Oow, R, Rst, 101 + off, 0);
		NOTHING(Oow, C, Rst | Ack, 101 + off, 101);
	}
	STATE(Established);
	SEND(Refresh, R, Ack, 101, 101, 1000);
}

TEST_P(Tcp, T06_rst_in_syn_sent)
{
	start();
	NOTHING(Oow, R, Rst | Ack, 0, 0);
	NOTHING(Oow, R, Rst | Ack, 0, 2);
	NOTHING(Oow, R, Rst, 1, 0);
	NOTHING(Oow, R, Rst, 0, 0);
	NOTHING(Oow, C, Rst, 2, 0);
	NOTHING(Oow, C, Rst, 0, 0);
	STATE(SynSent);
	Tracked was = t;
	SEND(Changed, R, Rst | Ack, 0, 1);
	STATE(Close);
	// Refused: what still comes revives nothing.
	SEND(Oow, C, Ack, 1, 1);
	SEND(Oow, R, Ack, 1, 1);
	STATE(Close);
	t = was;
	SEND(Changed, C, Rst, 1, 0);
	STATE(Close);

	// Fast open: the data may be acknowledged or not.
	for (u32 acked : { 1u, 501u, 1001u }) {
		start(1000);
		SEND(Changed, R, Rst | Ack, 0, acked);
	}
	start(1000);
	NOTHING(Oow, R, Rst | Ack, 0, 1002);
}

TEST_P(Tcp, T06_rst_leaves_time_wait_alone)
{
	finish();
	NOTHING(0u, C, Rst, 102, 0);
	NOTHING(0u, R, Rst, 102, 0);
	STATE(TimeWait);
}

TEST_P(Tcp, T07_traffic_revives)
{
	talk();
	SEND(Changed, R, Rst, 101, 0);
	NOTHING(Oow, C, Ack, 101 + (1u << 30), 101);
	STATE(Close);
	// It goes on, so somebody else has sent that.
	SEND(Changed, R, Ack | Psh, 101, 101, 10);
	STATE(Established);
	SEND(Changed, C, Rst, 101, 0);
	SEND(Changed, C, Ack, 101, 111);
	STATE(Established);

	// To where it was.
	SEND(Changed, C, Fin | Ack, 101, 111);
	SEND(Changed, R, Rst, 111, 0);
	STATE(Close);
	SEND(Changed, R, Ack, 111, 102);
	STATE(FinWait);
	SEND(Changed, R, Fin | Ack, 111, 102);
	STATE(LastAck);
	SEND(Changed, R, Rst, 112, 0);
	STATE(Close);
	SEND(Changed, R, Fin | Ack, 111, 102);
	STATE(LastAck);
}

// Data that was in flight when the other side reset does not bring hours back.
TEST_P(Tcp, T07_data_in_flight_revives_for_minutes)
{
	for (mgw_dir dir : { R, C }) {
		talk();
		mgw_dir other = dir == R ? C : R;
		SEND(Changed, dir, Rst, 101, 0);
		STATE(Close);
		SEND(Changed, other, Ack | Psh, 101, 101, 10);
		STATE(FinWait);
		SEND(Refresh, other, Ack | Psh, 111, 101, 10);
		SEND(Refresh, other, Fin | Ack, 121, 101);
		STATE(FinWait);
		// The client may begin anew, as in CLOSE.
		NOTHING(Reuse, C, Syn, 777777, 0);
		NOTHING(0u, R, Syn, 777777, 0);
		// The forged one had no effect there.
		SEND(Changed, dir, Rst, 101, 0);
		STATE(Close);
		SEND(Changed, other, Fin | Ack, 121, 101);
		STATE(FinWait);
		SEND(Changed, dir, Ack, 101, 122);
		STATE(FinWait);
		NOTHING(0u, C, Syn, 777777, 0);
	}

	talk();
	SEND(Changed, R, Rst, 101, 0);
	NOTHING(0u, C, Rst, 101, 0);
	STATE(Close);
}

TEST_P(Tcp, T08_syn_on_a_living_session)
{
	talk();
	for (u32 off : { 0u, 50u, 101u, 102u, 30000u, 1u << 30 }) {
		NOTHING(0u, C, Syn, off, 0);
		NOTHING(0u, R, Syn, off, 0);
		NOTHING(0u, R, Syn | Ack, off, 101);
		NOTHING(0u, C, Syn | Ack, off, 101);
	}
	STATE(Established);
	// The client has restarted: challenge ACK, exact RST, SYN again.
	NOTHING(0u, C, Syn, 777777, 0);
	SEND(Refresh, R, Ack, 101, 101);
	SEND(Changed, C, Rst, 101, 0);
	STATE(Close);
	NOTHING(Reuse, C, Syn, 777777, 0);
}

TEST_P(Tcp, T08_syn_in_other_states)
{
	start();
	NOTHING(Reuse, C, Syn, 1, 0);
	NOTHING(Reuse, C, Syn, 1u << 31, 0);
	SEND(Changed, R, Syn | Ack, 0, 1);
	NOTHING(0u, C, Syn, 5000, 0);
	NOTHING(0u, R, Syn, 5000, 0);
	NOTHING(Oow, R, Syn | Ack, 5000, 7);
	SEND(Changed, C, Ack, 1, 1);
	SEND(Changed, C, Fin | Ack, 1, 1);
	NOTHING(0u, C, Syn, 5000, 0);
	SEND(Changed, R, Fin | Ack, 1, 1);
	STATE(LastAck);
	NOTHING(0u, C, Syn, 5000, 0);

	finish();
	NOTHING(Reuse, C, Syn, 5000, 0);
	NOTHING(0u, R, Syn, 5000, 0);
	NOTHING(0u, C, Syn | Ack, 5000, 0);
}

TEST_P(Tcp, T08_old_syn_ack)
{
	// Of an earlier incarnation: the client answers it by RST.
	start();
	NOTHING(Oow, R, Syn | Ack, 4000, 100000);
	NOTHING(Oow, R, Ack, 4000, 100000);
	NOTHING(Oow, C, Rst, 100000, 0);
	NOTHING(Oow, C, Ack, 1, 1);
	NOTHING(Oow, C, Syn | Ack, 5, 1);
	STATE(SynSent);
	SEND(Changed, R, Syn | Ack, 0, 1);
}

TEST_P(Tcp, T08_syn_cookies_change)
{
	start();
	SEND(Changed, R, Syn | Ack, 0, 1);
	SEND(Refresh, C, Syn, 0, 0);
	SEND(Refresh, R, Syn | Ack, 1u << 24, 1);
	STATE(SynRecv);
	SEND(Changed, C, Ack, 1, (1u << 24) + 1);
	STATE(Established);
	SEND(Refresh, R, Ack, (1u << 24) + 1, 1, 1000);
}

TEST_P(Tcp, T11_fast_open)
{
	start(1000);
	SEND(Refresh, C, Syn, 0, 0);	// again, without data
	SEND(Refresh, C, Syn, 0, 0, 1000);
	SEND(Changed, R, Syn | Ack, 0, 1001);
	SEND(Refresh, C, Syn, 0, 0, 1000);
	// The server answers before the handshake is over.
	SEND(Refresh, R, Ack | Psh, 1, 1001, 1400);
	SEND(Refresh, R, Ack | Psh, 50001, 1001, 1400);
	STATE(SynRecv);
	SEND(Changed, C, Ack, 1001, 1);
	STATE(Established);

	// The cookie was not accepted, the data comes again.
	start(1000);
	SEND(Changed, R, Syn | Ack, 0, 1);
	SEND(Changed, C, Ack, 1, 1, 1000);
	STATE(Established);
}

TEST_P(Tcp, T12_scaling_needs_both)
{
	for (u8 c : { 0, 3, 14, 15, 255 }) {
		for (u8 r : { 0, 2, 14, 200, 255 }) {
			bool both = c != 255 && r != 255;

			wscale[C] = c;
			wscale[R] = r;
			establish();
			EXPECT_EQ(t.half[C].wscale, both ? std::min<u8>(c, 14) : 0);
			EXPECT_EQ(t.half[R].wscale, both ? std::min<u8>(r, 14) : 0);
		}
	}
}

TEST_P(Tcp, T12_windows_are_scaled_but_of_a_syn)
{
	wscale[C] = 4;
	wscale[R] = 3;
	win = 1000;
	start();
	SEND(Changed, R, Syn | Ack, 0, 1);
	SEND(Changed, C, Ack, 1, 1);
	// Still the window of the SYN+ACK, 1000.
	NOTHING(Oow, C, Ack, 1002, 1, 100);
	SEND(Refresh, C, Ack, 1001, 1);
	// The rs has 16000 since the client's ACK.
	NOTHING(Oow, R, Ack, 16002, 1, 100);
	SEND(Refresh, R, Ack, 16001, 1, 0);
	SEND(Refresh, C, Ack, 1 + 8000, 1);
	NOTHING(Oow, C, Ack, 1 + 8001, 1);
}

TEST_P(Tcp, T12_window_bounds)
{
	win = 10000;
	talk();
	// I: starts where the receiver allows to send, at 101 + 10000.
	NOTHING(Oow, C, Ack, 10102, 101, 1);
	// II: does not end before what the receiver can miss; a keepalive does.
	NOTHING(Oow, C, Ack, 101 - 10002, 101);
	SEND(Refresh, C, Ack, 101 - 10001, 101);
	// III: acknowledges what has been sent.
	NOTHING(Oow, C, Ack, 101, 102);
	// IV: is not too old.
	NOTHING(Oow, C, Ack, 101, 101 - 66001);
	SEND(Refresh, C, Ack, 101, 101 - 66000);
	SEND(Refresh, C, Ack, 10101, 101, 1);
}

// Where the rs answers the client itself; every segment is the client's.
TEST_P(Tcp, OneWay)
{
	auto one_way = [&](u8 flags, u32 seq, u32 ack, u32 len = 0) {
		mgw_tcp_seg s = seg(C, flags, seq, ack, len);

		return mgw_tcp_track_one_way(&t, &t.state, &s);
	};

	start();
	EXPECT_EQ(one_way(Syn, 0, 0), Refresh) << "sent again";
	EXPECT_EQ(one_way(Syn, 77, 0), Reuse) << "another SYN";
	EXPECT_EQ(one_way(Ack, 1, 1), Changed);
	EXPECT_EQ(t.state, Established);
	EXPECT_EQ(one_way(Ack | Psh, 1, 1, 100), Refresh);
	EXPECT_EQ(one_way(Ack | Psh, 1, 1, 100), Refresh) << "sent again";
	EXPECT_EQ(one_way(Syn, 500000, 0), 0u) << "for the rs to challenge";
	EXPECT_EQ(one_way(Syn | Ack, 101, 1), 0u);
	EXPECT_EQ(one_way(Ack | Fin, 101 + 0x50000000u, 1), Oow);
	EXPECT_EQ(one_way(Ack | Fin, 101 - 0x50000000u, 1), Oow);
	EXPECT_EQ(one_way(Rst, 90, 0), 0u) << "a guess";
	EXPECT_EQ(one_way(Ack | Fin, 100, 1), Refresh) << "behind, a guess";
	EXPECT_EQ(t.state, Established);
	EXPECT_EQ(one_way(Ack | Fin, 101, 5000), Changed);
	EXPECT_EQ(t.state, FinWait);
	EXPECT_EQ(one_way(Ack, 102, 900000), Refresh) << "half closed";
	EXPECT_EQ(t.state, FinWait);
	EXPECT_EQ(one_way(Syn, 500000, 0), Reuse);
	EXPECT_EQ(one_way(Rst, 102, 0), Changed);
	EXPECT_EQ(t.state, Close);
	EXPECT_EQ(one_way(Rst, 102, 0), 0u) << "not prolonged";
	EXPECT_EQ(one_way(Syn, 500000, 0), Reuse);
}

TEST_P(Tcp, OneWayFinOvertakes)
{
	mgw_tcp_seg s;

	start();
	s = seg(C, Ack, 1, 1, 0);
	EXPECT_EQ(mgw_tcp_track_one_way(&t, &t.state, &s), Changed);
	s = seg(C, Ack | Fin, 1 + 70000, 1, 0);
	EXPECT_EQ(mgw_tcp_track_one_way(&t, &t.state, &s), Refresh) << "far ahead, a guess";
	EXPECT_EQ(t.state, Established);

	start();
	s = seg(C, Ack, 1, 1, 0);
	EXPECT_EQ(mgw_tcp_track_one_way(&t, &t.state, &s), Changed);
	s = seg(C, Ack | Fin, 1 + 60000, 1, 0);
	EXPECT_EQ(mgw_tcp_track_one_way(&t, &t.state, &s), Changed) << "a little ahead";
	EXPECT_EQ(t.state, FinWait);
}

TEST_P(Tcp, OneWayRefusedByAnRst)
{
	mgw_tcp_seg s;

	start();
	s = seg(C, Rst, 1, 0);
	EXPECT_EQ(mgw_tcp_track_one_way(&t, &t.state, &s), Changed);
	EXPECT_EQ(t.state, Close);
}

TEST_P(Tcp, T12_pickup_is_liberal)
{
	pickup(&t, Established);
	STATE(Established);
	win = 10;
	SEND(Refresh, C, Ack, 500, 700, 100000);
	SEND(Refresh, R, Ack, 900000, 600, 100000);
	SEND(Refresh, C, Ack, 600, 1000000);
	NOTHING(0u, R, Rst, 5, 0);
	NOTHING(0u, C, Syn, 5, 0);
	SEND(Changed, C, Fin | Ack, 200000, 1000000);
	STATE(FinWait);
	SEND(Changed, R, Fin | Ack, 1000000, 200001);
	SEND(Changed, C, Ack, 200001, 1000001);
	STATE(TimeWait);

	pickup(&t, Established);
	SEND(Refresh, C, Ack, 500, 700);
	SEND(Changed, R, Rst, 700, 0);
	STATE(Close);

	pickup(&t, Established);
	NOTHING(0u, R, Rst, -GetParam().rs, 0);	// number zero is not known

	// What is known of the state is not forgotten.
	pickup(&t, FinWait);
	SEND(Refresh, C, Ack, 500, 700);
	STATE(FinWait);
	pickup(&t, SynRecv);
	SEND(Changed, C, Ack, 500, 700);
	STATE(Established);
}

TEST_P(Tcp, T13_keepalive_and_window_probes)
{
	talk();
	for (int i = 0; i < 5; i++) {
		SEND(Refresh, C, Ack, 100, 101);
		SEND(Refresh, R, Ack, 101, 101);
		SEND(Refresh, C, Ack, 100, 101, 1);
		SEND(Refresh, R, Ack, 100, 101, 1);
		SEND(Refresh, C, Ack, 101, 101);
	}
	// The client fills the window of the rs, which then closes it.
	win = 0;
	SEND(Refresh, C, Ack, 101, 101, 60000);
	SEND(Refresh, R, Ack, 101, 60101);
	for (int i = 0; i < 50; i++) {
		SEND(Refresh, C, Ack, 60100, 101);
		SEND(Refresh, C, Ack, 60101, 101, 1);
		SEND(Refresh, R, Ack, 101, 60101);
	}
	SEND(Refresh, C, Ack, 60102, 101);
	NOTHING(Oow, C, Ack, 60103, 101, 1);
	win = 500;
	SEND(Refresh, R, Ack, 101, 60102);
	SEND(Refresh, C, Ack, 60102, 101, 500);
}

// A receiver that has never had a window.
TEST_P(Tcp, T13_zero_window_from_the_start)
{
	win = 0;
	establish();
	for (int i = 0; i < 50; i++) {
		SEND(Refresh, C, Ack, 0, 1);
		SEND(Refresh, C, Ack, 1, 1, 1);
		SEND(Refresh, R, Ack, 1, 1);
		SEND(Refresh, R, Ack, 0, 1);
	}
}

// Until then the rs is sent a TOA: more than its SYN is acknowledged.
TEST_P(Tcp, T01_client_has_heard)
{
	start();
	SEND(Changed, R, Syn | Ack, 0, 1);
	EXPECT_FALSE(t.half[R].flags & MGW_TCP_HALF_HEARD);
	SEND(Changed, C, Ack, 1, 1);
	SEND(Refresh, C, Ack | Psh, 1, 1, 100);
	EXPECT_FALSE(t.half[C].flags & MGW_TCP_HALF_HEARD);
	SEND(Refresh, R, Ack, 1, 101, 200);
	EXPECT_TRUE(t.half[R].flags & MGW_TCP_HALF_HEARD);
	EXPECT_FALSE(t.half[C].flags & MGW_TCP_HALF_HEARD);
	// Nobody has acknowledged what was not sent.
	SEND(Oow, C, Ack, 101, 5000);
	EXPECT_FALSE(t.half[C].flags & MGW_TCP_HALF_HEARD);
	SEND(Refresh, C, Ack, 101, 201);
	EXPECT_TRUE(t.half[C].flags & MGW_TCP_HALF_HEARD);
}

// The rs may drop, for a bad checksum, an ACK that counts here.
TEST_P(Tcp, T01_an_old_ack_is_no_base_for_the_next)
{
	start();
	SEND(Changed, R, Syn | Ack, 0, 1);
	SEND(Changed, C, Ack, 1, 0);
	SEND(Refresh, C, Ack, 1, 1);
	EXPECT_FALSE(t.half[C].flags & MGW_TCP_HALF_HEARD);
}

TEST_P(Tcp, T01_first_ack_is_of_data)
{
	start();
	SEND(Changed, R, Syn | Ack, 0, 1);
	SEND(Refresh, R, Ack, 1, 1, 100);
	SEND(Changed, C, Ack, 1, 101);
	EXPECT_TRUE(t.half[C].flags & MGW_TCP_HALF_HEARD);
}

TEST(TcpFlags, T10_impossible_flags)
{
	// What is left of the 64 when URG and PSH, which mean nothing here,
	// are masked out.
	const std::vector<u8> valid = { Syn,	   Syn | Ack, Rst,
					Rst | Ack, Ack,	      Fin | Ack };

	for (unsigned int flags = 0; flags < 256; flags++) {
		u8 base = flags & (Fin | Syn | Rst | Ack);
		bool ok = std::count(valid.begin(), valid.end(), base);

		EXPECT_EQ(mgw_tcp_flags_valid(flags), ok) << flags;
	}
	EXPECT_FALSE(mgw_tcp_flags_valid(0));
	EXPECT_FALSE(mgw_tcp_flags_valid(Fin | Psh | Urg));
	EXPECT_TRUE(mgw_tcp_flags_valid(Syn | 0xc0)) << "ECN";
}

// ---------------------------------------------------------------------------
// Two modelled TCPs. Go-back-n with a window that opens and closes; segments
// are lost, doubled and overtake each other on both sides of the tracker.

using Rng = std::mt19937;

class Endpoint {
public:
	Endpoint(Rng &rng, bool active)
		: rng_(rng), active_(active)
	{
		static const u32 edges[] = { 0, 0xffffffff, 0xfffffff0,
					     0x7fffffff, 0xffff0000 };

		iss_ = rng() % 2 ? edges[rng() % 5] : rng();
		offers_ = rng() % 3 != 0;
		wscale_ = rng() % 8;
		total_ = rng() % 4 ? rng() % 20000 : rng() % 300000;
		wnd_max_ = rng() % 3 ? 1 + rng() % 60000 : 1 + rng() % 3000;
		una_ = nxt_ = max_ = iss_;
		fin_at_ = iss_ + 1 + total_;
	}

	bool done() const
	{
		return synced_ && got_fin_ && una_ == fin_at_ + 1;
	}
	bool established() const { return synced_ && una_ != iss_; }

	// Sends something that a TCP may send now; false: nothing.
	bool act(mgw_tcp_seg *s)
	{
		if (!active_ && !synced_)
			return false;
		if (una_ == iss_)
			return syn(s);
		if (!synced_)
			return false;

		switch (rng_() % 10) {
		case 0: // sends all again
			nxt_ = una_;
			return data(s);
		case 1: // keepalive, or window probe
			*s = segment(max_ - 1, 0);
			if (una_ == max_ && rng_() % 2 && max_ - iss_ > 1 &&
			    max_ != fin_at_ + 1)
				s->end++;
			return true;
		case 2: // probe of one byte beyond a window that is closed
			if (wnd_edge_ == una_ && una_ == max_ &&
			    max_ != fin_at_ && max_ != fin_at_ + 1) {
				*s = segment(max_++, 1);
				return true;
			}
			return false;
		case 3: // reads, and says so
			wnd_ = rng_() % 5 ? wnd_max_ : 0;
			*s = segment(nxt_, 0);
			return true;
		default:
			return data(s);
		}
	}

	void receive(const mgw_tcp_seg &s)
	{
		if (s.flags & Syn) {
			if (synced_ && s.seq + 1 != irs_ + 1)
				return;
			if (!synced_) {
				synced_ = true;
				irs_ = s.seq;
				rcv_ = s.seq + 1;
				rcv_edge_ = rcv_;
				peer_wscale_ = s.wscale;
			}
			answer_ = true;
		}
		if (!synced_)
			return;
		if (s.flags & Ack)
			ack(s);
		if (s.seq == s.end)
			return;
		answer_ = true;
		// In order and within the window, or again later.
		if ((s32)(s.seq - rcv_) > 0 || (s32)(s.end - rcv_) <= 0)
			return;
		bool fin = s.flags & Fin;
		u32 end = s.end - fin;
		if ((s32)(end - rcv_edge_) > 0) {
			end = rcv_edge_;
			fin = false;
		}
		rcv_ = end + fin;
		got_fin_ |= fin;
		if (fin)
			rcv_edge_ = rcv_;
	}

	bool wants_to_answer()
	{
		bool a = answer_;

		answer_ = false;
		return a;
	}

	mgw_tcp_seg answer()
	{
		mgw_tcp_seg s;

		if (una_ == iss_ && syn(&s))
			return s;
		return segment(nxt_, 0);
	}

private:
	bool scaled() const
	{
		return offers_ && peer_wscale_ != MGW_TCP_NO_WSCALE;
	}

	bool syn(mgw_tcp_seg *s)
	{
		*s = segment(iss_, 0);
		s->flags = synced_ ? Syn | Ack : Syn;
		s->end = iss_ + 1;
		bool offer = offers_ &&
			(!synced_ || peer_wscale_ != MGW_TCP_NO_WSCALE);
		s->wscale = offer ? wscale_ : MGW_TCP_NO_WSCALE;
		if (nxt_ == iss_)
			nxt_ = max_ = iss_ + 1;
		return true;
	}

	mgw_tcp_seg segment(u32 seq, u32 len)
	{
		mgw_tcp_seg s{};
		bool is_syn = una_ == iss_;
		unsigned int shift = scaled() && !is_syn ? wscale_ : 0;

		// The right edge of a window never moves to the left.
		u32 edge = rcv_ + wnd_;
		if ((s32)(edge - rcv_edge_) < 0)
			edge = rcv_edge_;
		s.win = (edge - rcv_) >> shift;
		if (synced_ && !got_fin_ &&
		    (s32)(rcv_ + (s.win << shift) - rcv_edge_) > 0)
			rcv_edge_ = rcv_ + (s.win << shift);
		s.seq = seq;
		s.end = seq + len;
		s.flags = Ack;
		s.ack = synced_ ? rcv_ : 0;
		s.wscale = MGW_TCP_NO_WSCALE;
		return s;
	}

	bool data(mgw_tcp_seg *s)
	{
		if (nxt_ == fin_at_ + 1)
			return false;
		if ((s32)(nxt_ - una_) < 0)
			nxt_ = una_;
		u32 room = (s32)(wnd_edge_ - nxt_) > 0 ? wnd_edge_ - nxt_ : 0;
		u32 len = std::min({ room, fin_at_ - nxt_,
				     (u32)(1 + rng_() % 1460) });

		if (!len && nxt_ != fin_at_)
			return false;
		*s = segment(nxt_, len);
		nxt_ += len;
		if (nxt_ == fin_at_ && rng_() % 2) {
			s->flags |= Fin;
			s->end++;
			nxt_++;
		}
		if (s->seq == s->end)
			return false;
		if ((s32)(nxt_ - max_) > 0)
			max_ = nxt_;
		return true;
	}

	void ack(const mgw_tcp_seg &s)
	{
		if ((s32)(s.ack - una_) < 0 || (s32)(s.ack - max_) > 0)
			return;
		una_ = s.ack;
		u32 edge = s.ack + ((u32)s.win << (scaled() && !(s.flags & Syn) ?
						   peer_wscale_ : 0));
		if (!edge_known_ || (s32)(edge - wnd_edge_) > 0)
			wnd_edge_ = edge;
		edge_known_ = true;
	}

	Rng &rng_;
	bool active_, offers_;
	u8 wscale_, peer_wscale_ = MGW_TCP_NO_WSCALE;
	u32 iss_, una_, nxt_, max_, total_, fin_at_, wnd_max_, wnd_ = 0;
	u32 irs_ = 0, rcv_ = 0, rcv_edge_ = 0, wnd_edge_ = 0;
	bool synced_ = false, got_fin_ = false, answer_ = false;
	bool edge_known_ = false;
};

class Wire {
public:
	explicit Wire(Rng &rng) : rng_(rng) {}

	void put(const mgw_tcp_seg &s)
	{
		if (rng_() % 20 == 0)
			return;
		q_.push_back(s);
		if (rng_() % 30 == 0)
			q_.push_back(s);
	}
	bool get(mgw_tcp_seg *s)
	{
		if (q_.empty())
			return false;
		size_t i = rng_() % 4 ? 0 : rng_() % std::min<size_t>(q_.size(), 4);

		*s = q_[i];
		q_.erase(q_.begin() + i);
		return true;
	}
	bool empty() const { return q_.empty(); }

private:
	Rng &rng_;
	std::vector<mgw_tcp_seg> q_;
};

struct Stats {
	long segments = 0, stale = 0, blind = 0, simultaneous = 0, closed = 0;
};

void walk(unsigned int seed, Stats *stats)
{
	Rng rng(seed);
	bool simultaneous = rng() % 8 == 0;
	Endpoint ends[2] = { Endpoint(rng, true), Endpoint(rng, simultaneous) };
	Wire near[2] = { Wire(rng), Wire(rng) }; // sender to tracker
	Wire far[2] = { Wire(rng), Wire(rng) }; // tracker to receiver
	Tracked t{};
	bool started = false;
	int state = SynSent;

	auto judge = [&](int dir, const mgw_tcp_seg &s) {
		ASSERT_TRUE(mgw_tcp_flags_valid(s.flags));
		if (!started) {
			mgw_tcp_track_start(&t, &t.state, &s);
			started = true;
			return;
		}
		mgw_tcp_half snd = t.half[dir], rcv = t.half[!dir];
		unsigned int v = mgw_tcp_track_segment(&t, &t.state, (mgw_dir)dir, &s);

		stats->segments++;
		ASSERT_FALSE(v & MGW_TCP_REUSE);
		ASSERT_EQ(!!(v & MGW_TCP_STATE), t.state != state);
		ASSERT_GE(t.state, state) << "went back";
		ASSERT_NE(t.state, Close);
		state = t.state;
		if (v & MGW_TCP_OUT_OF_WINDOW) {
			// Only what came too late to be of any use.
			bool old = rcv.flags & MGW_TCP_HALF_ACKED &&
				   (s32)(s.end - rcv.ack) <= 0 &&
				   snd.flags & MGW_TCP_HALF_ACKED &&
				   (s32)(s.ack - snd.ack) <= 0;
			ASSERT_TRUE(old || state == SynSent)
				<< "dir " << dir << " flags " << (int)s.flags
				<< " seq " << s.seq - snd.end << " end "
				<< s.end - snd.end << " acked "
				<< rcv.ack - snd.end;
			stats->stale++;
		}
	};

	auto blind = [&] {
		static const u8 flags[] = { Rst, Rst | Ack, Syn, Syn | Ack,
					    Fin | Ack, Ack, Ack | Psh };
		mgw_tcp_seg s{};

		s.seq = rng();
		s.ack = rng();
		s.flags = flags[rng() % 7];
		s.end = s.seq + rng() % 1000 + !!(s.flags & (Syn | Fin));
		s.win = rng();
		s.wscale = rng() % 20;
		mgw_tcp_track_segment(&t, &t.state, rng() % 2 ? C : R, &s);
		ASSERT_EQ(t.state, state) << "blind " << (int)s.flags;
		stats->blind++;
	};

	for (int step = 0; step < 60000; step++) {
		int dir = rng() % 2;
		mgw_tcp_seg s;

		switch (rng() % 4) {
		case 0:
			if (dir == R && !started)
				break;
			if (ends[dir].act(&s))
				near[dir].put(s);
			break;
		case 1:
			if (near[dir].get(&s)) {
				judge(dir, s);
				far[dir].put(s);
			}
			break;
		case 2:
			if (far[dir].get(&s))
				ends[!dir].receive(s);
			break;
		default:
			if (ends[dir].wants_to_answer())
				near[dir].put(ends[dir].answer());
			// Without windows to check a forged FIN can't be told.
			if (started && rng() % 4 == 0 &&
			    !(t.half[C].flags & MGW_TCP_HALF_LIBERAL))
				blind();
		}
		if (testing::Test::HasFatalFailure())
			return;
		if (ends[C].done() && ends[R].done() && near[0].empty() &&
		    near[1].empty() && far[0].empty() && far[1].empty())
			break;
	}
	if (ends[C].done() && ends[R].done()) {
		ASSERT_EQ(t.state, TimeWait);
		stats->closed++;
		stats->simultaneous += simultaneous;
		ASSERT_FALSE(!simultaneous &&
			     t.half[C].flags & MGW_TCP_HALF_LIBERAL);
	} else if (ends[C].established() && ends[R].established()) {
		ASSERT_GE(t.state, SynRecv);
	}
}

TEST(TcpWalk, LegalConnectionsAreNeverOutOfWindow)
{
	Stats stats;

	for (unsigned int seed = 0; seed < 1500; seed++) {
		walk(seed, &stats);
		ASSERT_FALSE(HasFatalFailure()) << "seed " << seed;
	}
	printf("segments %ld, stale %ld, blind %ld, closed %ld, simultaneous open %ld\n",
	       stats.segments, stats.stale, stats.blind, stats.closed,
	       stats.simultaneous);
	EXPECT_GT(stats.segments, 1000000);
	EXPECT_GT(stats.closed, 800);
	EXPECT_GT(stats.simultaneous, 30);
	EXPECT_LT(stats.stale, stats.segments / 20);
}

// Millions of forged segments at each state: none of them moves it.
TEST(TcpBlind, RandomNumbersNeverChangeTheState)
{
	Rng rng(99);

	for (int goal = SynRecv; goal <= TimeWait; goal++) {
		u32 c = rng(), r = rng();
		Tracked t;
		auto send = [&](mgw_dir dir, u8 flags, u32 seq, u32 ack) {
			mgw_tcp_seg s{ seq, ack,
				       seq + !!(flags & (Syn | Fin)), 60000,
				       flags, MGW_TCP_NO_WSCALE };
			return mgw_tcp_track_segment(&t, &t.state, dir, &s);
		};
		mgw_tcp_seg syn{ c, 0, c + 1, 60000, Syn, MGW_TCP_NO_WSCALE };

		mgw_tcp_track_start(&t, &t.state, &syn);
		send(R, Syn | Ack, r, c + 1);
		if (goal > SynRecv)
			send(C, Ack, c + 1, r + 1);
		if (goal > Established)
			send(C, Fin | Ack, c + 1, r + 1);
		if (goal > FinWait)
			send(R, Fin | Ack, r + 1, c + 1);
		if (goal > LastAck) {
			send(R, Ack, r + 2, c + 2);
			send(C, Ack, c + 2, r + 2);
		}
		ASSERT_EQ(t.state, goal);

		for (int i = 0; i < 400000; i++) {
			static const u8 flags[] = { Rst, Rst | Ack, Syn,
						    Syn | Ack, Fin | Ack, Ack };

			send(rng() % 2 ? C : R, flags[i % 6], rng(), rng());
			ASSERT_EQ(t.state, goal) << i;
		}
	}
}

} // namespace
