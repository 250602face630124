#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Cases of tcp_segments.py: every bit of a header, changed where it must be
and nowhere else."""
import os
import socket
import struct
import time

from scapy.layers.inet import TCP, UDP, IPOption
from scapy.layers.inet6 import IPv6ExtHdrRouting
from scapy.packet import Raw

from raw_conn import MSS, OPTIONS, WRAP, Conn
from raw_tcp import (ACK, CWR, ECE, NS, PSH, RST, SYN, URG, Failed, expect, expect_true, namespace,
                     until)

ECHO, SILENT, ONE_LPORT = 7, 9, 11
WITHOUT_TIMESTAMPS = [option for option in OPTIONS if option[0] != "Timestamp"]


def sack(lab, options):
    conn = Conn(lab, ECHO, options=options).open()
    data = os.urandom(700)
    offers = conn.synack.option(8) is not None
    base = conn.seq
    timestamps = [("NOP", None), ("NOP", None), ("Timestamp", (12346, struct.unpack(
        "!I", conn.synack.option(8)[:4])[0]))] if offers else []
    wanted = []
    for at in (100, 300, 500):
        conn.send(ACK | PSH, data[at:at + 100], seq=(base + at) % WRAP, options=timestamps)
        wanted.insert(0, ((base + at) % WRAP, (base + at + 100) % WRAP))
        seen = conn.want("ACK with %d blocks" % len(wanted),
                         lambda seen: len(seen.sacks()) == len(wanted))
        expect("SACK blocks", wanted, seen.sacks())
        expect("number it acknowledges", base % WRAP, seen.ack)
        expect("timestamps", offers, seen.option(8) is not None)
    conn.send(ACK | PSH, data[500:600], seq=(base + 500) % WRAP, options=timestamps)
    seen = conn.want("D-SACK", lambda seen: len(seen.sacks()) > 1)
    expect("D-SACK block", ((base + 500) % WRAP, (base + 600) % WRAP), seen.sacks()[0])
    for at in (0, 200, 400, 600):
        conn.send(ACK | PSH, data[at:at + 100], seq=(base + at) % WRAP, options=timestamps)
    conn.seq = base + 700
    got = b""
    while len(got) < 700:
        seen = conn.want("echo", lambda seen: seen.data)
        if seen.seq == conn.ack % WRAP:
            got += seen.data
            conn.ack += len(seen.data)
            conn.send(ACK, options=timestamps)
    expect_true("the echo has the same bytes", got == data)
    conn.reset()


def sack_plain(lab):
    """T-14 SACK blocks are in the client's own numbers, 1 to 3 and D-SACK"""
    sack(lab, WITHOUT_TIMESTAMPS)
    sack(lab, OPTIONS)


def sack_timestamps(lab):
    """T-14 SACK behind timestamps that are kept; N-07 these pass untouched"""
    lab.mgw("service", "set", *lab.service(ECHO), "--timestamps", "keep")
    try:
        conn = Conn(lab, ECHO)
        conn.send(SYN, options=OPTIONS)
        seen = conn.to_rs("SYN", lambda seen: seen.flags & SYN)
        expect("options at the rs", bytes(TCP(options=OPTIONS))[20:], seen.options)
        seen = conn.want("SYN-ACK")
        expect("echo of our timestamp", 12345, struct.unpack("!I", seen.option(8)[4:])[0])
        conn.seq = conn.isn + 1
        conn.drop()
        sack(lab, OPTIONS)
    finally:
        lab.mgw("service", "set", *lab.service(ECHO), "--timestamps", "strip")


def strip(lab):
    """N-06 the SYN's timestamps become NOPs, N-07 nobody sees any later"""
    conn = Conn(lab, ECHO)
    conn.send(SYN, options=OPTIONS)
    seen = conn.to_rs("SYN", lambda seen: seen.flags & SYN)
    sent = bytes(TCP(options=OPTIONS))[20:]
    at = sent.index(b"\x08\x0a")
    expect("options at the rs", sent[:at] + b"\1" * 10 + sent[at + 10:], seen.options)
    expect("checksum", (True, True), (seen.sum_ok, seen.header_ok))
    expect_true("the initial number differs", seen.seq != conn.isn)
    answer = conn.want("SYN-ACK")
    expect("timestamps in the SYN-ACK", None, answer.option(8))
    expect("MSS, SACK, window scale of the SYN-ACK", [True] * 3,
           [answer.option(kind) is not None for kind in (2, 4, 3)])
    conn.seq, conn.ack = conn.isn + 1, answer.seq + 1
    conn.send(ACK)
    conn.write(b"x" * 50)
    seen = conn.want("echo", lambda seen: seen.data)
    expect("timestamps behind the SYN", None, seen.option(8))


def fast_open(lab):
    """N-10 cookies of fast open, and what asks for one, become NOPs; data stays"""
    for option in ((34, b""), (34, b"a cookie"), (254, b"\xf9\x89"), (254, b"\xf9\x89cook")):
        options = [("MSS", MSS), option]
        conn = Conn(lab, ECHO, options=options)
        conn.start(data=b"early")
        seen = conn.to_rs("SYN", lambda seen: seen.flags & SYN)
        sent = bytes(TCP(options=options))[20:]
        end = 6 + len(option[1])
        expect("options at the rs", sent[:4] + b"\1" * (end - 4) + sent[end:], seen.options)
        expect("data at the rs", b"early", seen.data)
        expect("checksum", (True, True), (seen.sum_ok, seen.header_ok))
        conn.drop()


def isn_rises(lab):
    """N-06 the rs sees rising initial numbers on one (laddr, lport)"""
    lab.flush()
    last = None
    for number in range(6):
        conn = Conn(lab, ONE_LPORT)
        conn.send(SYN)
        seen = conn.to_rs("SYN", lambda seen: seen.flags & SYN)
        expect("lport", 6000, seen.sport)
        expect_true("the initial number differs", seen.seq != conn.isn)
        if last is not None:
            expect_true("rise from %#x to %#x" % (last, seen.seq), 0 < (seen.seq - last) % WRAP < 1 << 31)
        last = seen.seq
        answer = conn.want("SYN-ACK")
        conn.seq, conn.ack = conn.isn + 1, answer.seq + 1
        conn.send(ACK)
        conn.echo(3000 if number % 2 else 10)
        last = (last + conn.seq - conn.isn) % WRAP
        conn.drop()
        conn.expect_state("gone", seconds=10)


def wraps_client(lab):
    """T-15 initial numbers 0 and 0xffffffff, data across 2^32"""
    for isn in (0, WRAP - 1, WRAP - 2, WRAP - 1500, 1 << 31, (1 << 31) - 1):
        conn = Conn(lab, ECHO, isn=isn).open()
        conn.echo(4000)
        conn.echo(4000)
        conn.finish()


def only_ports(lab, ports):
    """The laddr of the pool that has one has these from now on."""
    laddr = {4: "10.2.0.105", 6: "fd02::105"}[lab.inner]
    lab.flush()
    lab.mgw("laddr", "del", laddr)
    expect_true("the laddr does not go", until(lambda: laddr not in [
        one["laddr"] for one in lab.mgw("laddr", "show")]))
    lab.mgw("laddr", "add", laddr, "--pool", "one", "--ports", ports)


def first_number(lab, conn, syn):
    """Sends a SYN: the number and port that the rs sees, and when."""
    lab.client.send(syn)
    at = time.monotonic_ns()
    seen = lab.rs.wait(lambda seen: seen.flags == SYN and seen.dport == 7)
    expect_true("the SYN got through", seen)
    conn.synack = conn.want("SYN-ACK")
    conn.seq, conn.ack = conn.isn + 1, conn.synack.seq + 1
    return seen.seq, seen.sport, at


def soonest(lab, end):
    """The local port of a hundred that next begins at that number, and when."""
    found = []
    for _ in range(100):
        conn = Conn(lab, ONE_LPORT)
        seq, port, at = first_number(lab, conn, conn.build(SYN, options=OPTIONS))
        conn.reset()
        # The clock of the numbers has steps of 64 ns.
        found.append((at + (end - seq) % WRAP * 64, port))
    # Time to set out; on a slow machine some are past it already.
    soon = time.monotonic_ns() + 5 * 10 ** 9
    return min((at + max(0, -((at - soon) // (WRAP * 64))) * WRAP * 64, port) for at, port in found)


def wraps_server(lab):
    """T-15 the numbers the rs sees cross 2^32 in the middle of the data"""
    try:
        for _ in range(10):
            only_ports(lab, "6000-6099")
            at, port = soonest(lab, WRAP - 100000)
            only_ports(lab, "%d-%d" % (port, port))
            conn = Conn(lab, ONE_LPORT)
            syn = conn.build(SYN, options=OPTIONS)
            time.sleep(max(0, at - time.monotonic_ns() - 10 ** 7) / 1e9)
            while time.monotonic_ns() < at:
                pass
            first = first_number(lab, conn, syn)[0]
            conn.send(ACK)
            if first > WRAP - 300000:
                conn.echo(4000)
                while (first + conn.seq - conn.isn) >> 32 == 0:
                    conn.echo(4000)
                conn.echo(4000)
                print("# the rs saw it start at %#x" % first)
                conn.drop()
                return
            conn.drop()
        raise Failed("no connection began near the end of the numbers, last %#x" % first)
    finally:
        only_ports(lab, "6000-6000")


def bits(lab):
    """T-16 urgent pointer, ECN, reserved bits, window, TOS pass untouched"""
    conn = Conn(lab, ECHO).open()
    conn.echo()
    session = conn.session()
    for number, flags in enumerate((ACK | URG | PSH, ACK | ECE, ACK | CWR | PSH, ACK | NS,
                                    ACK | ECE | CWR | NS | PSH)):
        reserved = number % 8
        conn.send(flags, b"z" * 9, urgptr=5 + number, reserved=reserved, window=4321 + number,
                  ip={"tos": 0xb8 | number % 4})
        seen = conn.to_rs("segment", lambda seen: seen.data)
        expect("flags and reserved bits", flags | reserved << 9, seen.bits)
        expect("urgent pointer, window, TOS, sum", (5 + number, 4321 + number, 0xb8 | number % 4, True),
               (seen.urgent, seen.window, seen.tos, seen.sum_ok))
        conn.seq += 9
    for reserved in range(8):
        lab.from_rs(session, seq=conn.ack % WRAP, ack=0, flags=ACK | ECE | NS | URG,
                    reserved=reserved, urgptr=99, window=777)
        seen = conn.want("segment of the rs", lambda seen: seen.urgent == 99)
        expect("flags and reserved bits", (ACK | ECE | NS | URG) | reserved << 9, seen.bits)
        expect("window", 777, seen.window)
    conn.reset()


def stripped(options):
    """What must be left of the options of a SYN: a model."""
    out, at = bytearray(options), 0
    while at < len(out) and out[at] != 0:
        if out[at] == 1:
            at += 1
            continue
        if len(out) - at < 2 or not 2 <= out[at + 1] <= len(out) - at:
            break
        size = out[at + 1]
        # Timestamps, and fast open by either number.
        if out[at] in (8, 34) or (out[at] == 254 and size >= 4 and out[at + 2:at + 4] == b"\xf9\x89"):
            out[at:at + size] = b"\1" * size
        at += size
    return bytes(out)


TS = b"\x08\x0a\x11\x22\x33\x44\0\0\0\0"
ODD = [
    b"\x08\x00\0\0", b"\x08\x01\0\0", b"\x08\x0b\0\0", b"\x02\xff\0\0", b"\xfe\x00\0\0",
    b"\xfe\x01\0\0", b"\x08\x02\1\1", b"\x08\x03\x55\1", b"\x08\x04\x55\x66",
    b"\1" + TS + b"\0", b"\1\1" + TS, b"\1\1\1" + TS + b"\1\1\1", TS + b"\1\1", TS + TS,
    b"\1" + TS + TS + TS + TS[:9], TS + TS + TS + TS, b"\1" * 40, b"\0" * 40, b"\0" + TS + b"\0",
    b"\1\1\1\x08", b"\1\1\1\x02", b"\1\1\1\x03", b"\1" * 39 + b"\x08", b"\1" * 38 + b"\x08\x0a",
    b"\x02\x04\x05\xb4" * 10, b"\x02\x04\x05\xb4\x03\x03\x0f\1" + b"\1" + TS + b"\1",
    b"\x03\x03\x0e\x03\x03\x02\1\1", b"\x05\x0a" + b"\x77" * 8 + b"\1\1", b"\x13\x12" + b"\x44" * 16 + b"\1\1",
    b"\xfe\x28" + b"\x99" * 38, b"\xfe\x04\xf9\x89", b"\xfe\x03\xf9\x89", b"\x22\x02\1\1",
    b"\x22\x0a" + b"\x31" * 8 + TS,
]


def walker(lab):
    """O-01 SYNs with every kind of broken, odd and full options"""
    lab.flush()
    for options in ODD:
        conn = Conn(lab, SILENT)
        pad = options + b"\0" * (-len(options) % 4)
        packet = bytes(lab.ip() / TCP(sport=conn.sport, dport=conn.dport, flags=SYN, seq=conn.isn,
                                      dataofs=5 + len(pad) // 4) / Raw(pad))
        lab.client.send(packet)
        seen = conn.to_rs("SYN with options " + pad.hex(), lambda seen: seen.flags == SYN)
        expect("options of %s at the rs" % pad.hex(), stripped(pad).hex(), seen.options.hex())
        expect("checksum with options " + pad.hex(), True, seen.sum_ok)
    lab.flush()
    Conn(lab, ECHO).open().echo()


def broken_sums(lab):
    """K-05 a wrong TCP or UDP checksum is as wrong at the rs; UDP's none stays none"""
    lab.flush()
    conn = Conn(lab, ECHO).open()
    conn.echo()
    raw = bytearray(conn.build(ACK | PSH, b"w" * 101))
    raw[-101 - 4] ^= 0x40
    lab.client.send(bytes(raw))
    seen = conn.to_rs("segment with a bad checksum", lambda seen: seen.data)
    expect("its checksum is right", False, seen.sum_ok)
    conn.echo(101)
    for sum_, right in ((None, True), (0x1234, False), (0, None)):
        fields = {} if sum_ is None else {"chksum": sum_}
        packet = bytes(lab.ip() / UDP(sport=conn.sport, dport=conn.dport, **fields) / Raw(b"v" * 33))
        lab.client.send(packet)
        seen = expect_true("no datagram at the rs, checksum %s" % sum_, lab.rs.wait(
            lambda seen: seen.proto == 17 and seen.data == b"v" * 33))
        if sum_ == 0 and lab.pair == "4":
            expect("checksum of a datagram without", 0, seen.sum)
        elif sum_ == 0 and lab.pair == "46":
            expect("checksum computed for IPv6", True, seen.sum_ok and seen.sum != 0)
        elif sum_ != 0:
            expect("checksum %s is right at the rs" % sum_, right, seen.sum_ok)
    lab.flush()


def plain_socket(lab):
    """K-01 what the kernels of client and rs leave for the device to sum"""
    lab.rs.drain()
    family = socket.AF_INET if lab.outer == 4 else socket.AF_INET6
    with namespace(lab.args.client):
        sock = socket.socket(family, socket.SOCK_STREAM)
        tap = type(lab.client)(lab.args.client, "eth0", lab.client.ethernet[:6])
    data = os.urandom(60000)
    sock.settimeout(10)
    with sock:
        sock.connect((lab.vip, ECHO + lab.base))
        port = sock.getsockname()[1]
        sock.sendall(data)
        got = b""
        while len(got) < len(data):
            chunk = sock.recv(65536)
            expect_true("the server closed", chunk)
            got += chunk
    expect_true("the echo has the same bytes", got == data)
    inside = [seen for seen in lab.rs.drain() if seen.flags is not None and seen.dport == ECHO]
    outside = [seen for seen in tap.drain() if seen.flags is not None and seen.dport == port]
    for leg, found in (("rs", inside), ("client", outside)):
        expect_true("the %s got enough bytes" % leg, sum(len(s.data) for s in found) >= len(data))
        wrong = [str(seen) for seen in found if not (seen.sum_ok and seen.header_ok)]
        expect("packets with a wrong sum at the " + leg, [], wrong[:3])
    print("# %d segments at the rs, %d at the client" % (len(inside), len(outside)))


def source_route(used):
    """The way of a packet: by its destination, and then by one more place, or not."""
    return b"\x83\x07" + (b"\x08" if used else b"\x04") + socket.inet_aton("10.1.0.99") + b"\0"


def hosts_own(lab):
    """P-08 what is not for this station alone, or goes on from it, begins no session"""
    lab.flush()
    conns, headers = [Conn(lab, ECHO) for _ in range(3)], [{}, {}]
    final, goes_on, to_all = conns
    if lab.outer == 4:
        headers = [{"ip": {"options": [IPOption(source_route(used))]}} for used in (True, False)]
    else:
        for conn, left in zip(conns, (0, 1)):
            conn.extensions = [IPv6ExtHdrRouting(type=2, addresses=["fd01::99"], segleft=left)]
    goes_on.send(SYN, **headers[1])
    usual = lab.client.ethernet
    lab.client.ethernet = b"\xff" * 6 + usual[6:]
    to_all.send(SYN)
    lab.client.ethernet = usual
    final.send(SYN, **headers[0])
    final.to_rs("SYN", lambda seen: seen.flags & SYN)
    expect("sessions", ([], []), (lab.sessions(goes_on.sport), lab.sessions(to_all.sport)))
    lab.flush()


CASES = [strip, fast_open, isn_rises, sack_plain, sack_timestamps, wraps_client, wraps_server, bits, walker,
         broken_sums, plain_socket, hosts_own]
