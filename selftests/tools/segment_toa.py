#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Cases of tcp_segments.py: TOA, the TCP option that names the client."""
import contextlib
import ipaddress
import os
import struct

from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.inet6 import ICMPv6PacketTooBig, IPv6
from scapy.packet import Raw

from raw_conn import WRAP, Conn
from raw_tcp import ACK, FIN, PSH, SYN, Seen, expect, expect_true

ECHO = 7
MTU = 1500
PLAIN = [("MSS", 1460), ("SAckOK", b"")]


def option(conn, kind=254):
    """The bytes that an rs must see."""
    body = struct.pack("!H", conn.sport) + ipaddress.ip_address(conn.lab.caddr).packed
    return bytes([kind, 2 + len(body)]) + body


def length(lab):
    return 8 if lab.outer == 4 else 20


@contextlib.contextmanager
def toa(lab, *settings):
    lab.mgw("service", "set", *lab.service(ECHO), "--toa", "on", *settings)
    try:
        yield
    finally:
        lab.mgw("service", "set", *lab.service(ECHO), "--toa", "off", "--toa-kind", 254)


@contextlib.contextmanager
def counted(lab, **wanted):
    before = lab.counters()
    yield
    after = lab.counters()
    expect("counters", wanted, {name: after[name] - before[name] for name in wanted})


def at_rs(conn, what, seq=None, flags=0):
    """A segment behind the SYN, on the inside, its sums right."""
    seen = conn.to_rs(what, lambda seen: not seen.flags & SYN and seen.flags & flags == flags and
                      (seq is None or seen.data == seq))
    expect("checksums of %s" % what, (True, True), (seen.sum_ok, seen.header_ok))
    return seen


def carries(conn, what, rest=b"", kind=254, **which):
    seen = at_rs(conn, what, **which)
    expect("options of %s" % what, option(conn, kind) + rest, seen.options)
    return seen


def every_segment(lab):
    """N-09 TOA stands first in each segment until data of the rs is acknowledged"""
    with toa(lab):
        conn = Conn(lab, ECHO, options=PLAIN)
        conn.send(SYN, options=PLAIN)
        seen = conn.to_rs("SYN", lambda seen: seen.flags & SYN)
        expect("options of the SYN", bytes(TCP(options=PLAIN))[20:], seen.options)
        answer = conn.want("SYN-ACK")
        conn.seq, conn.ack = conn.isn + 1, answer.seq + 1
        conn.send(ACK)
        carries(conn, "the ACK that ends the handshake", flags=ACK)
        # A stray ACK from far away proves nothing.
        conn.send(ACK, ack=(conn.ack + (1 << 30)) % WRAP)
        carries(conn, "a stray ACK")
        base = conn.seq
        for at, text in ((3, b"def"), (0, b"abc"), (3, b"def"), (0, b"abc")):
            conn.send(ACK | PSH, text, seq=(base + at) % WRAP)
            carries(conn, "%s, sent twice and in the wrong order" % text, seq=text)
        conn.seq += 6
        # It has come, and is read later.
        lab.client.queue.insert(0, conn.want("echo", lambda seen: seen.data))
        conn.send(ACK | PSH, b"not yet acknowledged")
        carries(conn, "data before the first acknowledgement", seq=b"not yet acknowledged")
        conn.seq += 20
        conn.read(26)
        conn.send(ACK | PSH, b"later")
        expect("options later", b"", at_rs(conn, "data later", seq=b"later").options)
        conn.seq += 5
        conn.read(5)
        conn.finish()


def with_fin(lab):
    """N-09 a request with its FIN carries TOA, when it is all the rs gets"""
    with toa(lab):
        conn = Conn(lab, ECHO, options=PLAIN).start(options=PLAIN)
        conn.send(ACK | PSH | FIN, b"short")
        carries(conn, "data and FIN", seq=b"short", flags=FIN)
        conn.seq += 6
        expect("echo", b"short", conn.read(5))
        conn.reset()


def other_kind(lab):
    """N-09 TOA by another number, and the module has counted it"""
    with toa(lab, "--toa-kind", 200):
        conn = Conn(lab, ECHO, options=PLAIN).start(options=PLAIN)
        with counted(lab, toa_added=1, toa_pruned=0, toa_no_room=0):
            conn.send(ACK)
            carries(conn, "ACK", kind=200)
        conn.reset()


def mss_of(lab):
    conn = Conn(lab, ECHO, options=PLAIN).start(options=PLAIN)
    mss = struct.unpack("!H", conn.synack.option(2))[0]
    conn.reset()
    return mss


def makes_room(lab):
    """N-09 the MSS in the SYN-ACK leaves room for TOA"""
    without = mss_of(lab)
    with toa(lab):
        expect("MSS", without - length(lab), mss_of(lab))


def fits_mtu(lab):
    """N-09 a segment that would exceed the MTU goes without TOA, and is counted"""
    headers = {4: 40, 6: 60}
    most = MTU - max(headers[lab.outer], headers[lab.inner])
    with toa(lab):
        for size in (most, MTU - headers[lab.inner] - length(lab),
                     MTU - headers[lab.inner] - length(lab) + 1):
            if size > most:
                continue
            fits = size + headers[lab.inner] + length(lab) <= MTU
            conn = Conn(lab, ECHO, options=PLAIN).open(options=PLAIN)
            carries(conn, "ACK")
            data = os.urandom(size)
            with counted(lab, toa_added=int(fits), toa_too_big=int(not fits)):
                conn.send(ACK | PSH, data)
                seen = at_rs(conn, "%d bytes" % size, seq=data)
                expect("options of %d bytes" % size, option(conn) if fits else b"", seen.options)
            conn.seq += size
            conn.reset()


def prunes_sack(lab):
    """N-09 SACK blocks give way to TOA, the oldest first"""
    edges = [at + end for at in range(1000, 5000, 1000) for end in (0, 100)]
    kept = 3 if lab.outer == 4 else 2
    wanted = b"\5" + bytes([2 + 8 * kept]) + struct.pack("!%dI" % (2 * kept), *edges[:2 * kept])
    with toa(lab):
        conn = Conn(lab, ECHO, options=PLAIN).start(options=PLAIN)
        for before in ([("NOP", None), ("NOP", None)], []):
            with counted(lab, toa_added=1, toa_pruned=1):
                conn.send(ACK, options=before + [("SAck", tuple(edges))])
                seen = at_rs(conn, "an ACK with four blocks")
            expect("TOA and %d blocks" % kept, option(conn) + wanted,
                   seen.options[:length(lab) + len(wanted)])
            expect("padding", b"", seen.options[length(lab) + len(wanted):].strip(b"\0"))
        conn.reset()


def no_room(lab):
    """N-09 options that fill the header stay, TOA goes, and is counted"""
    full = bytes([99, 36]) + os.urandom(34)
    with toa(lab):
        conn = Conn(lab, ECHO, options=PLAIN).start(options=PLAIN)
        with counted(lab, toa_added=0, toa_no_room=1):
            conn.send(ACK, options=[(99, full[2:])])
            seen = at_rs(conn, "an ACK with a long option")
        expect("options", full, seen.options)
        conn.reset()


def forged(conn):
    return (254, struct.pack("!H", 1) + ipaddress.ip_address(conn.lab.caddr).packed[:4])


def blanks(lab):
    """N-09 what a client writes there is blanked, with TOA on and off"""
    nops = b"\1" * 8
    for on in (False, True):
        with toa(lab) if on else contextlib.nullcontext():
            conn = Conn(lab, ECHO)
            options = [("MSS", 1000), ("NOP", None), forged(conn)]
            with counted(lab, toa_forged=2):
                conn.send(SYN, options=options)
                seen = conn.to_rs("SYN", lambda seen: seen.flags & SYN)
                expect("options of the SYN", b"\2\4\3\xe8\1" + nops, seen.options[:13])
                expect("checksums", (True, True), (seen.sum_ok, seen.header_ok))
                answer = conn.want("SYN-ACK")
                conn.seq, conn.ack = conn.isn + 1, answer.seq + 1
                conn.send(ACK, options=options[1:])
                seen = at_rs(conn, "ACK")
            expect("options", (option(conn) if on else b"") + b"\1" + nops,
                   seen.options[:9 + (length(lab) if on else 0)])
            # Another length is no TOA and none of our business.
            with counted(lab, toa_forged=0):
                conn.send(ACK, options=[(254, b"\xe2\xd4\xc3\xd9")])
                seen = at_rs(conn, "ACK with another option of that number")
            expect_true("it is left alone", b"\xfe\x06\xe2\xd4\xc3\xd9" in seen.options)
            conn.reset()


def blanks_whole(lab):
    """N-09 and also in modes nat, dr and tunnel, where nothing else changes"""
    rs = *lab.service(ECHO), ("%s:7" if lab.inner == 4 else "[%s]:7") % lab.raddr
    try:
        for mode in ("nat", "dr", "tunnel"):
            lab.mgw("rs", "set", *rs, "--mode", mode)
            conn = Conn(lab, ECHO)
            with counted(lab, toa_forged=1):
                conn.send(SYN, options=[("NOP", None), forged(conn), ("MSS", 1000)])
                seen = expect_true("nothing came in mode " + mode,
                                   lab.rs.wait(lambda seen: mine(conn, seen) is not None))
            seen = mine(conn, seen)
            expect("options in mode " + mode, b"\1" * 9 + b"\2\4\3\xe8", seen.options[:13])
            expect("checksums in mode " + mode, (True, True), (seen.sum_ok, seen.header_ok))
            conn.reset()
            lab.flush()
    finally:
        lab.mgw("rs", "set", *rs, "--mode", "fullnat")


def mine(conn, seen):
    """The client's segment, also within a tunnel."""
    if seen.proto in (4, 41):
        seen = Seen(seen.segment)
    if seen.flags and (seen.src, seen.sport) == (conn.lab.caddr, conn.sport):
        return seen
    return None


def too_big(lab, inside, mtu):
    """A router on the way to the rs says so, and quotes the segment it saw."""
    if lab.inner == 4:
        return IP(src=lab.raddr, dst=inside.src) / ICMP(type=3, code=4, nexthopmtu=mtu) / \
            Raw(inside.raw)
    return IPv6(src=lab.raddr, dst=inside.src) / ICMPv6PacketTooBig(mtu=mtu) / \
        Raw(inside.raw[:1100])


def quoted(lab):
    """I-03 an ICMP error about a segment gives it back without TOA, and its MTU less it"""
    smaller = {"4": 1300, "6": 1300, "64": 1300 + 20, "46": 1300 - 20}[lab.pair] - length(lab)
    with toa(lab):
        conn = Conn(lab, ECHO, options=PLAIN).start(options=PLAIN)
        data = os.urandom(400)
        sent = Seen(conn.build(ACK | PSH, data))
        conn.send(ACK | PSH, data)
        inside = carries(conn, "data", seq=data)
        lab.rs.send(bytes(too_big(lab, inside, 1300)))
        proto = 1 if lab.outer == 4 else 58
        error = expect_true("the client is not told", lab.client.wait(
            lambda seen: seen.proto == proto and seen.segment[0] in (2, 3)))
        mtu = struct.unpack("!H" if lab.outer == 4 else "!I",
                            error.segment[6 if lab.outer == 4 else 4:8])[0]
        expect("MTU", smaller, mtu)
        again = Seen(error.segment[8:])
        expect("addresses", (sent.src, sent.dst), (again.src, again.dst))
        expect("length", sent.length, again.length)
        shown = len(again.segment)
        expect_true("it quotes more than headers: %d bytes" % shown, shown > 100)
        expect("quoted segment", sent.segment[:shown].hex(), again.segment.hex())
        conn.seq += len(data)
        conn.reset()


CASES = [every_segment, with_fin, other_kind, makes_room, fits_mtu, prunes_sack, no_room, blanks,
         quoted]
ONE_FAMILY = [blanks_whole]
