#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Library: one TCP connection of the raw client (raw_tcp.py), step by step.
Every segment that comes back is held to its checksum and its numbers."""
import os

from scapy.layers.inet import TCP
from scapy.packet import Raw

from raw_tcp import (ACK, FIN, PSH, RST, SYN, Failed, expect, expect_true, until)

MSS = 1000
WRAP = 1 << 32
OPTIONS = [("MSS", MSS), ("SAckOK", b""), ("Timestamp", (12345, 0)), ("NOP", None), ("WScale", 7)]


class Conn:
    """`seq` is what the client sends next, `ack` what it expects next."""

    def __init__(self, lab, service=7, isn=None, port=None, options=None, extensions=(), **ip):
        self.lab, self.sport = lab, port or lab.port()
        self.dport = service + lab.base
        self.isn = int.from_bytes(os.urandom(4), "big") if isn is None else isn
        self.seq, self.ack = self.isn, 0
        self.options = OPTIONS if options is None else options
        self.extensions, self.ip = extensions, ip
        self.synack = None

    def build(self, flags, data=b"", ip=None, **tcp):
        tcp = {"seq": self.seq % WRAP, "ack": self.ack % WRAP if flags & ACK else 0,
               "window": 64000, **tcp}
        packet = self.lab.ip(**{**self.ip, **(ip or {})})
        for extension in self.extensions:
            packet /= extension.copy()
        return bytes(packet / TCP(sport=self.sport, dport=self.dport, flags=flags, **tcp) /
                     Raw(data))

    def send(self, flags, data=b"", **fields):
        self.lab.client.send(self.build(flags, data, **fields))

    def mine(self, seen):
        return seen.flags is not None and (seen.dst, seen.sport, seen.dport) == \
            (self.lab.caddr, self.dport, self.sport)

    def get(self, match=lambda seen: True, seconds=5.0):
        """The next segment from the server that matches, or None."""
        seen = self.lab.client.wait(lambda seen: self.mine(seen) and match(seen), seconds)
        if seen:
            expect("checksums of %s" % seen, (True, True), (seen.sum_ok, seen.header_ok))
            expect("source", self.lab.vip, seen.src)
        return seen

    def want(self, what, match=lambda seen: True, seconds=5.0):
        return expect_true("nothing came: " + what, self.get(match, seconds))

    def want_ack(self, what):
        """An ACK without data: not a segment that is only sent again."""
        return self.want(what, lambda seen: seen.flags & 0x3f == ACK and not seen.data)

    def to_rs(self, what, match=lambda seen: True, seconds=5.0):
        """The same as the server sees it: the next segment on the inside."""
        session = self.session()
        return expect_true("the rs has not got: " + what, self.lab.rs.wait(
            lambda seen: seen.flags is not None and (seen.src, seen.sport) ==
            (session["laddr"], session["lport"]) and match(seen), seconds))

    def session(self):
        """What was sent may still be on its way."""
        until(lambda: self.lab.sessions(self.sport), 5.0)
        found = self.lab.sessions(self.sport)
        expect("sessions of port %d" % self.sport, 1, len(found))
        return found[0]

    def state(self):
        found = self.lab.sessions(self.sport)
        return found[0]["state"] if found else "gone"

    def expect_state(self, *states, seconds=5.0):
        if not until(lambda: self.state() in states, seconds):
            raise Failed("state: expected %s, saw %s" % (" or ".join(states), self.state()))

    def start(self, **fields):
        """SYN; the SYN-ACK is checked and not yet answered."""
        self.send(SYN, options=fields.pop("options", self.options), **fields)
        self.synack = self.want("SYN-ACK", lambda seen: seen.flags & SYN)
        expect("flags of the SYN-ACK", SYN | ACK, self.synack.flags & 0x3f)
        expect("number the SYN-ACK acknowledges", (self.isn + 1) % WRAP, self.synack.ack)
        self.seq, self.ack = self.isn + 1, self.synack.seq + 1
        return self

    def open(self, **fields):
        self.start(**fields)
        self.send(ACK)
        return self

    def read(self, size):
        """That many bytes from the server, each segment acknowledged."""
        got = b""
        while len(got) < size:
            seen = self.want("%d of %d bytes" % (size - len(got), size),
                             lambda seen: seen.data and not seen.flags & RST)
            old = (self.ack - seen.seq) % WRAP
            if old >= len(seen.data):
                expect_true("number of the server's data: %s" % seen, old < 1 << 20)
                continue  # sent again, since our ACK was slow
            got += seen.data[old:]
            self.ack += len(seen.data) - old
            self.send(ACK)
        return got

    def write(self, data, **fields):
        for at in range(0, len(data), MSS):
            self.send(ACK | PSH, data[at:at + MSS], **fields)
            self.seq += len(data[at:at + MSS])

    def echo(self, size=100, **fields):
        """Sends noise; the same must come back."""
        data = os.urandom(size)
        self.write(data, **fields)
        if self.read(size) != data:
            raise Failed("the echo has other bytes")
        # An ACK that came before the echo must not pass for a later one.
        self.lab.client.drain()
        self.lab.rs.drain()

    def finish(self):
        """FIN of both sides."""
        self.send(FIN | ACK)
        self.seq += 1
        seen = self.want("FIN of the server", lambda seen: seen.flags & FIN)
        expect("number that acknowledges our FIN", self.seq % WRAP, seen.ack)
        self.ack = seen.seq + 1 + len(seen.data)
        self.send(ACK)

    def reset(self):
        """An exact RST."""
        self.send(RST, seq=self.seq % WRAP)

    def drop(self):
        """Clear both ends at once, and wait until the balancer has seen it."""
        self.reset()
        self.expect_state("close", "gone")
