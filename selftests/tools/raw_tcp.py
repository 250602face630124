#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Library: a TCP end point made of single segments, for an address that no
kernel owns, and taps that see and feed both legs of the balancer.

    Tap (client, eth0)                                   Tap (rs1, eth0)
    10.1.0.50, fd01::50  -->  lb: VIP | laddr  -->  a real server, or nobody

Headers are made by scapy. What arrives is taken apart here, without help and
without mercy, so that each bit can be compared.
"""
import contextlib
import ctypes
import ipaddress
import json
import os
import select
import socket
import struct
import subprocess
import time

from scapy.config import conf
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6
from scapy.packet import Raw

conf.verb = 0
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
ETH_P_ALL, PACKET_OUTGOING, SO_RCVBUFFORCE = 3, 4, 33
OWN_MAC = bytes.fromhex("020000000050")
EXTENSIONS = {0, 43, 60}
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, NS = (1 << bit for bit in range(9))


class Failed(Exception):
    """What was expected and what was seen."""


@contextlib.contextmanager
def namespace(name):
    """Sockets made inside belong to that network namespace."""
    own = os.open("/proc/self/ns/net", os.O_RDONLY)
    other = os.open("/run/netns/" + name, os.O_RDONLY)
    try:
        if LIBC.setns(other, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns " + name)
        yield
    finally:
        LIBC.setns(own, CLONE_NEWNET)
        os.close(own)
        os.close(other)


def same(addr):
    return str(ipaddress.ip_address(addr))


def folded(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


class Seen:
    """A packet from the wire."""

    def __init__(self, raw):
        self.raw = raw
        self.version = raw[0] >> 4
        if self.version == 4:
            self.tos, self.length, self.id, frag, self.ttl, self.proto = \
                struct.unpack("!xBHHHBB", raw[:10])
            self.df, self.fragment = bool(frag & 0x4000), frag & 0x3fff
            self.l4 = (raw[0] & 15) * 4
            addresses = raw[12:16], raw[16:20]
            self.header_ok = folded(raw[:self.l4]) == 0xffff
        else:
            self.tos = struct.unpack("!H", raw[:2])[0] >> 4 & 0xff
            self.length, self.proto, self.ttl = struct.unpack("!HBB", raw[4:8])
            self.length += 40
            self.l4, self.fragment, self.header_ok = 40, 0, True
            addresses = raw[8:24], raw[24:40]
            while self.proto in EXTENSIONS:
                self.proto, size = raw[self.l4], raw[self.l4 + 1]
                self.l4 += size * 8 + 8
        self.src, self.dst = (same(addr) for addr in addresses)
        self.raw = raw[:self.length]
        self.segment = self.raw[self.l4:]
        pseudo = addresses[0] + addresses[1] + struct.pack("!II", len(self.segment), self.proto)
        self.sum_ok = folded(pseudo + self.segment) == 0xffff
        self.sport = self.dport = self.flags = None
        if self.proto in (6, 17) and len(self.segment) >= 8:
            self.sport, self.dport = struct.unpack("!HH", self.segment[:4])
        if self.proto == 17:
            self.sum = struct.unpack("!H", self.segment[6:8])[0]
            self.data = self.segment[8:]
        if self.proto == 6 and len(self.segment) >= 20:
            self.tcp()

    def tcp(self):
        self.seq, self.ack, bits, self.window, self.sum, self.urgent = \
            struct.unpack("!IIHHHH", self.segment[4:20])
        self.doff, self.bits, self.flags = bits >> 12, bits & 0xfff, bits & 0x1ff
        self.options = self.segment[20:self.doff * 4]
        self.data = self.segment[self.doff * 4:]

    def option(self, kind):
        """The bytes behind kind and length, or None; a walk of our own."""
        rest = self.options
        while rest and rest[0] != 0:
            if rest[0] == 1:
                rest = rest[1:]
                continue
            if len(rest) < 2 or not 2 <= rest[1] <= len(rest):
                return None
            if rest[0] == kind:
                return rest[2:rest[1]]
            rest = rest[rest[1]:]
        return None

    def sacks(self):
        found = self.option(5) or b""
        return [struct.unpack("!II", found[at:at + 8]) for at in range(0, len(found), 8)]

    def __str__(self):
        text = "%s>%s proto %d ttl %d %d bytes" % (self.src, self.dst, self.proto, self.ttl,
                                                   len(self.raw))
        if self.flags is not None:
            text += " flags %#x seq %#x ack %#x" % (self.flags, self.seq, self.ack)
        return text


class Tap:
    """Sees what comes in on a device, and sends frames from it."""

    def __init__(self, ns, dev, router_mac, own_mac=None):
        with namespace(ns):
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
            self.sock.bind((dev, ETH_P_ALL))
        self.ethernet = router_mac + (own_mac or self.sock.getsockname()[4])
        self.queue = []

    def send(self, packet):
        kind = b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd"
        self.sock.send(self.ethernet + kind + packet)

    def read(self, seconds):
        """One packet into the queue; False when none came in that time."""
        if not select.select([self.sock], [], [], max(seconds, 0))[0]:
            return False
        frame, (_, _, kind, _, _) = self.sock.recvfrom(1 << 17)
        if kind != PACKET_OUTGOING and frame[12:14] in (b"\x08\x00", b"\x86\xdd"):
            with contextlib.suppress(struct.error, IndexError):
                self.queue.append(Seen(frame[14:]))
        return True

    def drain(self):
        """All that has come so far and was not asked for."""
        while self.read(0):
            pass
        found, self.queue = self.queue, []
        return found

    def wait(self, match, seconds=5.0):
        """The first packet that matches, or None; others stay queued."""
        end, looked = time.monotonic() + seconds, 0
        while True:
            for number in range(looked, len(self.queue)):
                if match(self.queue[number]):
                    return self.queue.pop(number)
            looked = len(self.queue)
            if not self.read(end - time.monotonic()) and time.monotonic() >= end:
                return None


class Lab:
    """The namespaces, one pair of families, and the questions to the module."""

    CLIENTS = {"4": "10.1.0.50", "6": "fd01::50"}
    SERVERS = {"4": "10.2.0.11", "6": "fd02::11"}
    PORTS = {"4": 0, "6": 0, "64": 6400, "46": 4600}

    def __init__(self, args):
        self.args = args
        self.pair = args.pair
        outer, inner = args.pair[0], args.pair[-1]
        self.outer, self.inner = int(outer), int(inner)
        self.caddr, self.raddr = self.CLIENTS[outer], same(self.SERVERS[inner])
        self.vip = args.vip4 if outer == "4" else args.vip6
        self.base = self.PORTS[args.pair]
        macs = {dev: self.mac(dev) for dev in ("outside", "inside")}
        self.client = Tap(args.client, "eth0", macs["outside"], OWN_MAC)
        self.rs = Tap(args.rs, "eth0", macs["inside"])
        self.next_port = 20000 + 1000 * list(self.PORTS).index(args.pair)

    def mac(self, dev):
        out = subprocess.run(["ip", "-j", "-n", self.args.lb, "link", "show", dev], check=True,
                             stdout=subprocess.PIPE).stdout
        return bytes.fromhex(json.loads(out)[0]["address"].replace(":", ""))

    def mgw(self, *words):
        done = subprocess.run([self.args.mgwadm, "-j", "-N", self.args.lb, *map(str, words)],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise Failed("mgwadm %s: %s" % (" ".join(map(str, words)), done.stderr.strip()))
        return json.loads(done.stdout) if done.stdout.strip() else None

    def service(self, port):
        return "tcp", "%s:%d" % (self.vip if self.outer == 4 else "[%s]" % self.vip,
                                 port + self.base)

    def counters(self):
        return self.mgw("stats", "show")["counters"]

    def sessions(self, port=None):
        client = self.caddr if self.outer == 4 or port is None else "[%s]" % self.caddr
        return self.mgw("session", "show", "--client",
                        client if port is None else "%s:%d" % (client, port))

    def flush(self):
        self.mgw("session", "flush", "--client", self.caddr)
        self.client.drain()
        self.rs.drain()

    def port(self):
        self.next_port += 1
        return self.next_port

    def ip(self, **fields):
        if self.outer == 4:
            return IP(src=fields.pop("src", self.caddr), dst=fields.pop("dst", self.vip),
                      flags=fields.pop("ipflags", "DF"), **fields)
        fields.pop("ipflags", None)
        for old, new in (("ttl", "hlim"), ("tos", "tc")):
            if old in fields:
                fields[new] = fields.pop(old)
        return IPv6(src=fields.pop("src", self.caddr), dst=fields.pop("dst", self.vip), **fields)

    def from_rs(self, session, ttl=64, **tcp):
        """A segment in the name of the rs, for the laddr of a session."""
        data = tcp.pop("data", b"")
        header = dict(src=session["raddr"], dst=session["laddr"])
        ip = IP(ttl=ttl, flags="DF", **header) if self.inner == 4 else IPv6(hlim=ttl, **header)
        self.rs.send(bytes(ip / TCP(sport=session["rport"], dport=session["lport"], **tcp) /
                           Raw(data)))


def until(question, seconds=5.0):
    """Ask until the answer is true; the last answer."""
    end = time.monotonic() + seconds
    while True:
        answer = question()
        if answer or time.monotonic() >= end:
            return answer
        time.sleep(0.05)


def expect(what, wanted, seen):
    if wanted != seen:
        raise Failed("%s: expected %s, saw %s" % (what, wanted, seen))


def expect_true(what, answer):
    if not answer:
        raise Failed(what)
    return answer
