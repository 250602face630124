#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Cases of tcp_segments.py: hop limit, MTU, extension headers, and sources that
cannot be a client."""
import subprocess

from scapy.layers.inet import TCP
from scapy.layers.inet6 import HBHOptUnknown, IPv6ExtHdrDestOpt, IPv6ExtHdrHopByHop, PadN

from raw_conn import Conn
from raw_tcp import (ACK, PSH, SYN, Seen, expect, expect_true)
from segment_states import rise

ECHO, SILENT = 7, 9
TIME_EXCEEDED = {4: (1, 11, 0), 6: (58, 3, 0)}
TOO_BIG = {4: (1, 3, 4), 6: (58, 2, 0)}


def icmp(seen, kind):
    return seen.proto == kind[0] and (seen.segment[0], seen.segment[1]) == kind[1:]


def quoted(seen, packet):
    """An ICMP error quotes what was sent, as far as it goes."""
    quote = seen.segment[8:]
    expect_true("the quote is too short: %d" % len(quote), len(quote) >= 28)
    if seen.version == 4:
        expect("quoted header", Seen(packet).raw[:10].hex(), quote[:10].hex())
        expect("quoted addresses and numbers", packet[12:28].hex(), quote[12:28].hex())
    else:
        expect("quoted packet", packet[:64].hex(), quote[:64].hex())


def hops(lab):
    """TTL goes down by one each way; at 1 the sender gets time exceeded"""
    conn = Conn(lab, ECHO).open()
    conn.echo()
    session = conn.session()
    before = lab.counters()
    for ttl in (2, 77, 255):
        conn.send(ACK | PSH, b"t" * 10, ip={"ttl": ttl})
        seen = conn.to_rs("segment", lambda seen: seen.data)
        expect("TTL at the rs", ttl - 1, seen.ttl)
        conn.seq += 10
        expect("TTL at the client", 63, conn.want("echo", lambda seen: seen.data).ttl)
        conn.ack += 10
        conn.send(ACK)
    lab.from_rs(session, ttl=200, flags=ACK, seq=conn.ack, ack=0, window=999)
    expect("TTL at the client", 199, conn.want("ACK", lambda seen: seen.window == 999).ttl)
    lab.rs.drain()
    for ttl in (1, 0):
        packet = conn.build(ACK | PSH, b"dead", ip={"ttl": ttl})
        lab.client.send(packet)
        seen = expect_true("no time exceeded for TTL %d" % ttl, lab.client.wait(
            lambda seen: icmp(seen, TIME_EXCEEDED[lab.outer])) or (ttl == 0 and lab.outer == 6))
        if seen is True:
            continue
        expect("receiver", lab.caddr, seen.dst)
        quoted(seen, packet)
    lab.from_rs(session, ttl=1, flags=ACK, seq=conn.ack, ack=0, window=998)
    seen = expect_true("no time exceeded at the rs", lab.rs.wait(
        lambda seen: icmp(seen, TIME_EXCEEDED[lab.inner])))
    expect("receiver", lab.raddr, seen.dst)
    expect("dead packets that reached the rs", [],
           [str(seen) for seen in lab.rs.drain() if seen.flags is not None and seen.data == b"dead"])
    count = lab.counters()["drop_ttl"] - before["drop_ttl"]
    expect_true("drop_ttl rose by %d" % count, count in (2, 3))
    rise(lab, "time_exceeded_sent", before, count)
    conn.echo()
    conn.drop()


def too_big(lab):
    """Over the inside MTU: frag needed (too big) with the right size, or pieces"""
    conn = Conn(lab, ECHO).open()
    conn.echo()
    growth = {"64": -20, "46": 20}.get(lab.pair, 0)
    header = 20 if lab.outer == 4 else 40
    mtu = 1400 - growth
    link = ["ip", "-n", lab.args.lb, "link", "set", "inside", "mtu"]
    subprocess.run([*link, "1400"], check=True)
    try:
        before = lab.counters()
        fits = conn.build(ACK | PSH, b"f" * (mtu - header - 20))
        expect("size of what fits", mtu, len(fits))
        lab.client.send(fits)
        seen = conn.to_rs("segment that fits", lambda seen: seen.data)
        expect("its size at the rs", 1400, seen.length)
        conn.seq += mtu - header - 20
        conn.read(mtu - header - 20)
        packet = conn.build(ACK | PSH, b"b" * (mtu - header - 19))
        lab.client.send(packet)
        seen = expect_true("no word that it is too big", lab.client.wait(
            lambda seen: icmp(seen, TOO_BIG[lab.outer])))
        expect("MTU it tells", mtu, int.from_bytes(seen.segment[4:8], "big"))
        expect("receiver", lab.caddr, seen.dst)
        quoted(seen, packet)
        rise(lab, "drop_too_big", before, 1)
        rise(lab, "frag_needed_sent", before, 1)
        lab.rs.drain()
        if lab.pair == "4":
            conn.send(ACK | PSH, b"p" * 1440, ip={"ipflags": 0})
            pieces = [expect_true("piece %d is missing" % number, lab.rs.wait(
                lambda seen: seen.version == 4 and seen.fragment)) for number in (1, 2)]
            expect_true("pieces fit", all(piece.length <= 1400 for piece in pieces))
            conn.seq += 1440
            conn.read(1440)
        rise(lab, "drop_too_big", before, 1)
    finally:
        subprocess.run([*link, "1500"], check=True)
    conn.echo(1000)
    conn.drop()


def may_be_cut(lab):
    """IPv6 to IPv4: DF from 1261 bytes on; smaller ones may be fragmented, by their ID"""
    conn = Conn(lab, ECHO).open()
    ids = []
    for length, df in ((41, False), (700, False), (1260, False), (1261, True), (1480, True)):
        conn.send(ACK | PSH, b"d" * (length - 40))
        seen = conn.to_rs("segment of %d bytes" % length, lambda seen: seen.data)
        expect("its size at the rs", length, seen.length)
        expect("DF of %d bytes" % length, df, seen.df)
        if not df:
            ids.append(seen.id)
        conn.seq += length - 40
        conn.read(length - 40)
    expect("different IDs of packets without DF", len(ids), len(set(ids)))
    conn.drop()


def extensions(lab):
    """IPv6 extension headers before TCP: found, forwarded, the connection works"""
    hop = IPv6ExtHdrHopByHop(options=[PadN(optdata=b"\0" * 4)])
    dest = IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * 4)])
    # Of a kind that the receiver skips; it takes no more than 7 bytes of padding.
    long = IPv6ExtHdrDestOpt(options=[HBHOptUnknown(otype=0x1e, optdata=b"\x5a" * 204)])
    for chain in ([hop], [dest], [hop, dest], [long], [hop] + [dest] * 7):
        conn = Conn(lab, ECHO, extensions=chain)
        conn.send(SYN)
        seen = conn.to_rs("SYN", lambda seen: seen.flags == SYN)
        extra = sum(len(bytes(part)) for part in chain) if lab.inner == 6 else 0
        expect("offset of TCP at the rs", (40 if lab.inner == 6 else 20) + extra, seen.l4)
        expect("sum", True, seen.sum_ok)
        conn.synack = conn.want("SYN-ACK")
        conn.seq, conn.ack = conn.isn + 1, conn.synack.seq + 1
        conn.send(ACK)
        conn.echo(300)
        conn.finish()


MARTIANS = {
    4: ["VIP", "10.2.0.101", "127.0.0.1", "127.9.9.9", "0.0.0.0", "224.0.0.1",
        "239.1.1.1", "255.255.255.255"],
    6: ["VIP", "fd02::101", "::", "fe80::1234", "::ffff:10.1.0.2"],
}
# The stack drops these itself, before any hook.
MARTIANS_OF_THE_STACK = {4: [], 6: ["::1", "ff02::1"]}


def martians(lab):
    """Sources that are no client: drop_martian, no session, nothing forwarded"""
    lab.flush()
    start = lab.counters()
    known, early = MARTIANS[lab.outer], MARTIANS_OF_THE_STACK[lab.outer]
    conn = Conn(lab, ECHO)
    for source in known + early + ["LAND"]:
        before = lab.counters()
        port = conn.dport if source == "LAND" else conn.sport
        address = lab.vip if source in ("VIP", "LAND") else source
        packet = bytes(lab.ip(src=address) / TCP(sport=port, dport=conn.dport, flags=SYN))
        for _ in range(3):
            lab.client.send(packet)
        print("# source %s" % source)
        rise(lab, "drop_martian", before, 0 if source in early else 3)
    Conn(lab, ECHO).open().reset()
    reached = [str(seen) for seen in lab.rs.drain() if seen.flags == SYN]
    expect("SYNs that reached the rs: %s" % reached, 1, len(reached))
    rise(lab, "sessions_created", start, 1)


CASES = [hops, too_big, martians]
ONLY_IPV6_CLIENT = [extensions]
ONLY_IPV6_TO_IPV4 = [may_be_cut]
