#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Cases of tcp_segments.py: what a session makes of SYN, FIN, RST and of
segments that belong to none."""
import os
import time

from scapy.layers.inet import TCP, UDP
from scapy.packet import Raw

from raw_conn import WRAP, Conn
from raw_tcp import (ACK, CWR, ECE, FIN, PSH, RST, SYN, URG, expect, expect_true, until)

# Longer than the last two may idle.
PATIENCE = 10 * int(os.environ.get("MGW_SLOW", "1"))
ECHO, CLOSES_FIRST, SILENT, IDLE, IDLE_CLOSES_FIRST = 7, 8, 9, 12, 13


def rise(lab, name, before, wanted):
    """A counter has risen by exactly that much."""
    until(lambda: lab.counters()[name] - before[name] >= wanted, 3)
    expect("rise of " + name, wanted, lab.counters()[name] - before[name])


def life(lab):
    """T-01 states from SYN to TIME_WAIT, gone when its timer ends"""
    silent = Conn(lab, SILENT)
    silent.send(SYN)
    silent.expect_state("syn_sent")
    conn = Conn(lab, ECHO).start()
    conn.expect_state("syn_recv")
    conn.send(ACK)
    conn.expect_state("established")
    conn.echo(10)
    conn.echo(5000)
    session = conn.session()
    expect("addresses", (lab.raddr, ECHO), (session["raddr"], session["rport"]))
    expect_true("bytes are counted", session["bytes_from_client"] > 5000 and
                session["bytes_from_rs"] > 5000)
    conn.send(FIN | ACK)
    conn.seq += 1
    seen = conn.want("FIN of the server", lambda seen: seen.flags & FIN)
    expect("number it acknowledges", conn.seq % WRAP, seen.ack)
    conn.ack += 1
    conn.expect_state("last_ack")
    conn.send(ACK)
    conn.expect_state("time_wait")
    start = time.monotonic()
    expect_true("TIME_WAIT lasts 5 s at most", conn.session()["expires"] <= 5)
    conn.expect_state("gone", seconds=20)
    print("# gone after %.1f s" % (time.monotonic() - start))


def server_closes(lab):
    """T-01 the server closes first: FIN_WAIT, then TIME_WAIT"""
    conn = Conn(lab, CLOSES_FIRST).open()
    conn.write(b"x")
    expect("its byte", b"x", conn.read(1))
    seen = conn.want("FIN of the server", lambda seen: seen.flags & FIN)
    conn.ack = seen.seq + len(seen.data) + 1
    conn.send(ACK)
    conn.expect_state("fin_wait")
    conn.send(FIN | ACK)
    conn.seq += 1
    conn.want("ACK of our FIN", lambda seen: seen.ack == conn.seq % WRAP)
    conn.expect_state("time_wait")


def syn_again(lab):
    """T-05 a SYN sent again: same rs, lport and translated number"""
    conn = Conn(lab, SILENT)
    before = lab.counters()
    sent = []
    for _ in range(4):
        conn.send(SYN)
        seen = conn.to_rs("SYN", lambda seen: seen.flags & SYN)
        sent.append((seen.src, seen.sport, seen.dst, seen.dport, seen.seq))
    expect("different SYNs at the rs", 1, len(set(sent)))
    conn.expect_state("syn_sent")
    rise(lab, "sessions_created", before, 1)
    conn.send(SYN, seq=(conn.isn + 12345678) % WRAP)
    seen = conn.to_rs("SYN of another connection", lambda seen: seen.seq != sent[0][4])
    rise(lab, "sessions_reused", before, 1)


def data_again(lab):
    """T-05 SYN-ACK, data and ACK sent again change nothing"""
    conn = Conn(lab, ECHO).start()
    conn.send(SYN, seq=conn.isn)
    again = conn.want("second SYN-ACK", lambda seen: seen.flags & SYN)
    expect("numbers of the second SYN-ACK", (conn.synack.seq, conn.synack.ack),
           (again.seq, again.ack))
    conn.expect_state("syn_recv")
    conn.send(ACK)
    conn.echo(500)
    conn.send(ACK | PSH, b"y" * 200, seq=(conn.seq - 200) % WRAP)
    seen = conn.want_ack("ACK of old data")
    expect("number it acknowledges", conn.seq % WRAP, seen.ack)
    for _ in range(3):
        conn.send(ACK)
    conn.expect_state("established")
    conn.echo(500)


def rst_client(lab):
    """T-06 RST of the client: exact ends the session, others do not"""
    conn = Conn(lab, ECHO).open()
    conn.echo()
    before = lab.counters()
    conn.send(RST, seq=(conn.seq + 100) % WRAP)
    conn.to_rs("RST in the window", lambda seen: seen.flags & RST)
    seen = conn.want_ack("challenge ACK")
    expect("numbers of the challenge ACK", (conn.ack % WRAP, conn.seq % WRAP), (seen.seq, seen.ack))
    conn.expect_state("established")
    conn.echo()
    for off in (1 << 30, -1 << 29):
        conn.send(RST, seq=(conn.seq + off) % WRAP)
        conn.to_rs("RST out of the window", lambda seen: seen.flags & RST)
    rise(lab, "tcp_out_of_window", before, 2)
    conn.expect_state("established")
    conn.echo()
    conn.reset()
    conn.to_rs("exact RST", lambda seen: seen.flags & RST)
    conn.expect_state("close")


def rst_server(lab):
    """T-06 blind RST in the name of the rs, T-07 data after RST revives"""
    conn = Conn(lab, ECHO).open()
    conn.echo()
    session = conn.session()
    for off in (100, 1 << 30, -1 << 29):
        number = (conn.ack + off) % WRAP
        lab.from_rs(session, flags=RST, seq=number)
        seen = conn.want("RST", lambda seen: seen.flags & RST)
        expect("number of the RST", number, seen.seq)
        conn.expect_state("established")
        conn.echo()
    lab.from_rs(session, flags=RST, seq=conn.ack % WRAP)
    conn.want("exact RST", lambda seen: seen.flags & RST)
    conn.expect_state("close")
    conn.echo()
    conn.expect_state("established")
    expect("lport", session["lport"], conn.session()["lport"])
    conn.finish()


def blind_syn(lab):
    """T-08 a SYN on an established session is challenged, RST and SYN start anew"""
    conn = Conn(lab, ECHO).open()
    conn.echo()
    lport = conn.session()["lport"]
    before = lab.counters()
    conn.send(SYN, seq=(conn.seq + 777777) % WRAP)
    conn.to_rs("SYN", lambda seen: seen.flags & SYN)
    seen = conn.want_ack("challenge ACK")
    expect("numbers of the challenge ACK", (conn.ack % WRAP, conn.seq % WRAP), (seen.seq, seen.ack))
    conn.expect_state("established")
    conn.echo()
    expect("lport", lport, conn.session()["lport"])
    conn.drop()
    anew = Conn(lab, ECHO, port=conn.sport).open()
    anew.expect_state("established")
    rise(lab, "sessions_reused", before, 1)
    anew.echo()


def keepalive(lab):
    """T-13 keepalives, without and with a byte, are answered and prolong"""
    for data in (b"", b"\0"):
        conn = Conn(lab, ECHO).open()
        conn.echo()
        conn.session()
        full = conn.session()["expires"]
        expect_true("time passes: %d s" % full, until(
            lambda conn=conn, full=full: conn.session()["expires"] < full - 3, 20))
        conn.send(ACK, data, seq=(conn.seq - 1) % WRAP)
        seen = conn.want_ack("answer to the keepalive")
        expect("number it acknowledges", conn.seq % WRAP, seen.ack)
        expect_true("session is prolonged", conn.session()["expires"] >= full - 2)
        conn.echo()
        conn.reset()


def at_rs(conn, session, what, match, seconds):
    """The next segment that matches, on the inside; the session may have ended."""
    return expect_true("the rs has not got: " + what, conn.lab.rs.wait(
        lambda seen: seen.flags is not None and match(seen) and
        (seen.src, seen.sport) == (session["laddr"], session["lport"]), seconds))


def shift_of(conn, session, data):
    """What is added to the numbers of the client; the data is sent for that."""
    at = conn.seq
    conn.write(data)
    return (at_rs(conn, session, "data", lambda seen: seen.data, PATIENCE).seq - at) % WRAP


def rs_is_reset(conn, session, shift):
    """It gets an RST, exactly where it waits."""
    seen = at_rs(conn, session, "an RST", lambda seen: seen.flags & RST, PATIENCE)
    expect("numbers of the RST to the rs", ((conn.seq + shift) % WRAP, conn.ack % WRAP),
           (seen.seq, seen.ack))
    expect("checksums of the RST to the rs", (True, True), (seen.sum_ok, seen.header_ok))


def expiry(lab):
    """T-17 a connection that idles for too long: an RST to both ends, exact"""
    lab.flush()
    before = lab.counters()
    conn = Conn(lab, IDLE).open()
    session = conn.session()
    conn.echo(3000)
    shift = shift_of(conn, session, b"x")
    conn.read(1)
    seen = conn.want("RST", lambda seen: seen.flags & RST, PATIENCE)
    expect("numbers of the RST", (conn.ack % WRAP, conn.seq % WRAP), (seen.seq, seen.ack))
    rs_is_reset(conn, session, shift)
    rise(lab, "rst_sent", before, 2)
    conn.expect_state("gone")


def expiry_half_closed(lab):
    """T-17 the same of one that the rs has closed: an RST to the rs alone"""
    lab.flush()
    before = lab.counters()
    conn = Conn(lab, IDLE_CLOSES_FIRST).open()
    session = conn.session()
    shift = shift_of(conn, session, b"x")
    conn.read(1)
    seen = conn.want("FIN of the server", lambda seen: seen.flags & FIN)
    conn.ack = seen.seq + len(seen.data) + 1
    conn.send(ACK)
    rs_is_reset(conn, session, shift)
    conn.expect_state("gone")
    rise(lab, "rst_sent", before, 1)


SCANS = [
    ("data", ACK | PSH, "drop_no_session"), ("ACK", ACK, "drop_no_session"),
    ("SYN+ACK", SYN | ACK, "drop_no_session"), ("RST", RST, "drop_no_session"),
    ("RST+ACK", RST | ACK, "drop_no_session"), ("FIN+ACK", FIN | ACK, "drop_no_session"),
    ("FIN", FIN, "drop_bad_header"), ("NULL", 0, "drop_bad_header"),
    ("XMAS", FIN | PSH | URG, "drop_bad_header"), ("SYN+FIN", SYN | FIN, "drop_bad_header"),
    ("SYN+RST", SYN | RST, "drop_bad_header"), ("RST+FIN", RST | FIN | ACK, "drop_bad_header"),
    ("PSH", PSH, "drop_bad_header"), ("all", 0xff, "drop_bad_header"),
    ("ECN bits only", ECE | CWR, "drop_bad_header"),
]


# Sessions of earlier cases end whenever their time has come, and until then their rs may
# send again, on whichever CPU its timer runs.
UNRELATED = {"sessions", "sessions_expired", "packets_from_rs", "bytes_from_rs",
             "steer_sent", "steer_received", "rst_sent"}


def dropped(lab, what, packet, counter, times=5):
    """So many packets raise that counter by so many, and no other; none is forwarded."""
    lab.rs.drain()
    before, now = lab.counters(), {}
    for _ in range(times):
        lab.client.send(packet)

    def told():
        now.update(lab.counters())
        return now[counter] - before[counter] >= times

    until(told, 3)
    expect("%s: what has changed" % what, {counter: times},
           {name: now[name] - before[name] for name in now
            if now[name] != before[name] and name not in UNRELATED})
    reached = [str(seen) for seen in lab.rs.drain() if seen.proto in (6, 17)]
    expect(what + ": packets that reached the rs", [], reached)


def scans(lab):
    """T-09, T-10 segments without session and scans: dropped and counted"""
    lab.flush()
    for name, flags, counter in SCANS:
        conn = Conn(lab, ECHO)
        dropped(lab, name, conn.build(flags, b"data" if name == "data" else b""), counter)


def malformed(lab):
    """Headers that lie: dropped as truncated or bad, never forwarded"""
    lab.flush()
    conn = Conn(lab, ECHO)
    head = {"sport": conn.sport, "dport": conn.dport, "flags": SYN}
    for doff in range(5):
        packet = lab.ip() / TCP(dataofs=doff or 0, **head)
        raw = bytearray(bytes(packet))
        raw[-8] = doff << 4
        dropped(lab, "doff %d" % doff, bytes(raw), "drop_bad_header", 2)
    dropped(lab, "doff 15 of 20 bytes", bytes(lab.ip() / TCP(dataofs=15, **head)),
            "drop_truncated", 2)
    segment = bytes(lab.ip() / TCP(**head))[-20:]
    proto = {"proto": 6} if lab.outer == 4 else {"nh": 6}
    for size in (0, 1, 8, 19):
        dropped(lab, "TCP header of %d bytes" % size,
                bytes(lab.ip(**proto) / Raw(segment[:size])), "drop_truncated", 2)
    proto = {"proto": 17} if lab.outer == 4 else {"nh": 17}
    dropped(lab, "UDP header of 7 bytes", bytes(lab.ip(**proto) / Raw(segment[:7])),
            "drop_truncated", 2)
    for size in (0, 7, 13, 65535):
        packet = lab.ip() / UDP(sport=conn.sport, dport=conn.dport, len=size) / Raw(b"1234")
        dropped(lab, "UDP length %d of 12" % size, bytes(packet), "drop_bad_header", 2)
    Conn(lab, ECHO).open().echo()


CASES = [life, server_closes, syn_again, data_again, rst_client, rst_server, blind_syn, keepalive,
         expiry, expiry_half_closed, scans, malformed]
