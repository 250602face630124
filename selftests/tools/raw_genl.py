#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Generic netlink by hand, against the module in this network namespace: what a
library would never send. One stage a call, see STAGES; a line "# ..." for each
thing that is wrong, exit code 1 if there was one. Its numbers and its idea of
what each operation takes are its own, on purpose. Driven by netlink_policy.sh."""
import contextlib
import errno
import os
import random
import re
import socket
import struct
import subprocess
import sys
import time

REQUEST, ACK, ROOT, MATCH, DUMP, INTR, TLVS = 0x1, 0x4, 0x100, 0x200, 0x300, 0x10, 0x200
NESTED = 0x8000
ERROR, DONE, CTRL = 2, 3, 16
SECONDS = 60

(INFO_GET, SERVICE_ADD, SERVICE_SET, SERVICE_DEL, SERVICE_GET, RS_ADD, RS_SET, RS_DEL, RS_GET,
 LADDR_ADD, LADDR_DEL, LADDR_GET, SESSION_GET, SESSION_COUNT, SESSION_FLUSH, STATS_GET, STATS_ZERO,
 LADDR_EXHAUSTED, DEV_ATTACH, DEV_DETACH, DEV_GET) = range(1, 22)
INFO, SERVICE, RS, LADDR, SESSION, FILTER, COUNT, CPU, COUNTERS, PAD, DEV = range(1, 12)
CHANGES = {SERVICE_ADD, SERVICE_SET, SERVICE_DEL, RS_ADD, RS_SET, RS_DEL, LADDR_ADD, LADDR_DEL, DEV_ATTACH,
           DEV_DETACH}

# A service by mark has these alone.
TOA, TOA_KIND, FWMARK, FAMILY = 13, 14, 15, 16

# Kinds of attributes: "u32", "be16", "addr", a size as the longest string, or
# (highest number, what it may hold) for a nest.
TIMEOUTS = (9, {n: "u32" for n in range(1, 10)})
SERVICE_KEY = (16, {1: "u32", 2: "addr", 3: "be16", FWMARK: "u32", FAMILY: "u32"})
SERVICE_SPEC = (16, {**SERVICE_KEY[1], 4: 15, 5: "u32", 6: 31, 7: "u32", 8: TIMEOUTS,
                     TOA: "u32", TOA_KIND: "u32"})
RS_KEY = (10, {1: "addr", 2: "be16"})
RS_SPEC = (10, {**RS_KEY[1], 3: "u32", 4: "u32", 8: "u32", 9: "be16", 10: "u32"})
LADDR_KEY = (11, {1: "addr"})
LADDR_RANGE = (11, {1: "addr", 11: "addr"})
LADDR_SPEC = (11, {**LADDR_RANGE[1], 2: 31, 3: "u32", 5: "u32", 6: "u32"})
DEV_KEY = (2, {1: 15})
FILTERS = (11, {1: "u32", 10: "u32", 11: "u32", **{n: "addr" for n in (2, 4, 6, 8)}, **{n: "be16" for n in (3, 5, 7, 9)}})

# What each operation takes, as a do and as a dump; None: there is no such way.
OPS = {
    INFO_GET: ({}, None),
    SERVICE_ADD: ({SERVICE: SERVICE_SPEC}, None),
    SERVICE_SET: ({SERVICE: SERVICE_SPEC}, None),
    SERVICE_DEL: ({SERVICE: SERVICE_KEY}, None),
    SERVICE_GET: ({SERVICE: SERVICE_KEY}, {}),
    RS_ADD: ({SERVICE: SERVICE_KEY, RS: RS_SPEC}, None),
    RS_SET: ({SERVICE: SERVICE_KEY, RS: RS_SPEC}, None),
    RS_DEL: ({SERVICE: SERVICE_KEY, RS: RS_KEY}, None),
    RS_GET: ({SERVICE: SERVICE_KEY, RS: RS_KEY}, {SERVICE: SERVICE_KEY}),
    LADDR_ADD: ({LADDR: LADDR_SPEC}, None),
    LADDR_DEL: ({LADDR: LADDR_RANGE}, None),
    LADDR_GET: ({LADDR: LADDR_KEY}, {}),
    SESSION_GET: (None, {FILTER: FILTERS}),
    SESSION_COUNT: ({FILTER: FILTERS}, None),
    SESSION_FLUSH: ({FILTER: FILTERS}, None),
    STATS_GET: (None, {}),
    STATS_ZERO: ({}, None),
    DEV_ATTACH: ({DEV: DEV_KEY}, None),
    DEV_DETACH: ({DEV: DEV_KEY}, None),
    DEV_GET: ({DEV: DEV_KEY}, {}),
}
NAMES = {number: name for name, number in globals().items() if isinstance(number, int) and number in OPS
         and re.match(r"(INFO|SERVICE|RS|LADDR|SESSION|STATS|DEV)_[A-Z]+$", name)}
# What must be there; in nests that may be left out, once the nest is there.
REQUIRED = {SERVICE: {1, 2, 3}, RS: {1, 2}, LADDR: {1}, DEV: {1}, FILTER: set()}

problems = 0


def problem(text):
    global problems
    problems += 1
    if problems <= 40:
        print("# FAIL: " + text, flush=True)


def expect(truth, text):
    if not truth:
        problem(text)
    return truth


# Attributes: a request is a list of (type, bytes or list) ----------------------

def u32(number):
    return struct.pack("=I", number)


def be16(number):
    return struct.pack("!H", number)


def addr(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def word(text):
    return text.encode() + b"\0"


def encode(tree):
    """Raw bytes in a tree go as they are; so does a type with NESTED set."""
    out = b""
    for item in tree:
        if isinstance(item, bytes):
            out += item
            continue
        kind, value = item
        if isinstance(value, list):
            kind, value = kind | NESTED, encode(value)
        out += struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)
    return out


def decode(data):
    """[(type, bytes)] in order."""
    found = []
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        if not 4 <= size <= len(data):
            raise ValueError("a reply has an attribute of a wrong length")
        found.append((kind & 0x3fff, data[4:size]))
        data = data[(size + 3) & ~3:]
    return found


def service(vaddr="10.9.0.1", vport=80, proto=6):
    return [(1, u32(proto)), (2, addr(vaddr)), (3, be16(vport))]


def marked(mark, family=2):
    return [(FWMARK, u32(mark)), (FAMILY, u32(family))]


def rs(raddr="10.2.0.11", rport=8080):
    return [(1, addr(raddr)), (2, be16(rport))]


# The socket ------------------------------------------------------------------

class Reply:
    def __init__(self):
        self.messages, self.error, self.text, self.interrupted, self.ended = [], None, "", False, False
        self.cookie = None

    @property
    def payloads(self):
        return [data for _, data in self.messages]


class Genl:
    families = {}

    def __init__(self, buffer=1 << 20, size=65536):
        """size: of the largest datagram; the kernel makes dumps that large once it has seen it."""
        self.size = size
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.sock.setsockopt(270, 10, 1)  # NETLINK_CAP_ACK
        self.sock.setsockopt(270, 11, 1)  # NETLINK_EXT_ACK
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.sock.bind((0, 0))
        self.sock.settimeout(SECONDS)
        self.seq = 0
        if not Genl.families:
            reply = self.talk(self.message(3, [(2, word("mgw"))], version=2, family=CTRL))
            if reply.error or not reply.messages:
                raise SystemExit("# no family mgw: %s" % reply.error)
            top = dict(decode(reply.payloads[0]))
            groups = [dict(decode(group)) for _, group in decode(top[7])]
            Genl.families["mgw"] = struct.unpack("=H", top[1])[0]
            Genl.families["events"] = struct.unpack("=I", groups[0][2])[0]

    def close(self):
        self.sock.close()

    def listen(self):
        self.sock.setsockopt(270, 1, Genl.families["events"])
        return self

    def message(self, cmd, tree, flags=ACK, version=1, family=None, reserved=0):
        self.seq += 1
        body = struct.pack("=BBH", cmd, version, reserved) + (tree if isinstance(tree, bytes) else encode(tree))
        return struct.pack("=IHHII", 16 + len(body), family or Genl.families["mgw"], flags | REQUEST,
                           self.seq, 0) + body

    def take(self, data, reply, seq=None):
        """Adds what one datagram brought; seq: only answers to that."""
        while len(data) >= 16:
            size, kind, flags, got, _ = struct.unpack_from("=IHHII", data)
            body, data = data[16:size], data[(size + 3) & ~3:]
            if seq is not None and got != seq:
                continue
            reply.interrupted |= bool(flags & INTR)
            if kind in (ERROR, DONE):
                reply.ended = True
                reply.error = -struct.unpack_from("=i", body)[0] if len(body) >= 4 else 0
                if flags & TLVS:
                    tail = body[20:] if kind == ERROR else body[4:]
                    told = dict(decode(tail))
                    reply.text, reply.cookie = told.get(1, b"\0")[:-1].decode(), told.get(3)
            else:
                reply.messages.append((body[0], body[4:]))

    def talk(self, message):
        self.sock.send(message)
        reply, seq = Reply(), struct.unpack_from("=I", message, 8)[0]
        while not reply.ended:
            self.take(self.sock.recv(self.size), reply, seq)
        return reply

    def do(self, cmd, tree=(), **more):
        return self.talk(self.message(cmd, tree, **more))

    def dump(self, cmd, tree=()):
        """Once more after a change meanwhile, as for a laddr that drains and is freed."""
        for _ in range(20):
            reply = self.talk(self.message(cmd, tree, flags=DUMP))
            if not reply.interrupted:
                return reply
        raise SystemExit("# FAIL: each dump of %s is interrupted" % NAMES[cmd])

    def ok(self, cmd, tree=()):
        reply, end = self.do(cmd, tree), time.monotonic() + 10
        # A deleted laddr is in the way for a moment.
        while cmd == LADDR_ADD and reply.error == errno.EBUSY and time.monotonic() < end:
            time.sleep(0.02)
            reply = self.do(cmd, tree)
        if reply.error:
            raise SystemExit("# FAIL: command %d: %s, %s" % (cmd, os.strerror(reply.error), reply.text))
        return reply

    def events(self):
        """All that wait; the kernel has sent them before the ack of their cause."""
        reply = Reply()
        self.sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                self.take(self.sock.recv(self.size), reply)
        self.sock.settimeout(SECONDS)
        return reply.messages


def nest(payload, kind):
    return dict(decode(dict(decode(payload))[kind]))


def config(genl):
    """All there is, byte for byte; what drains goes away by itself."""
    laddrs = [p for p in genl.dump(LADDR_GET).payloads if 9 not in nest(p, LADDR)]
    return [genl.dump(cmd).payloads for cmd in (SERVICE_GET, RS_GET, DEV_GET)] + [laddrs]


def clear(genl):
    for payload in genl.dump(SERVICE_GET).payloads:
        genl.ok(SERVICE_DEL, [(SERVICE, [(n, value) for n, value in nest(payload, SERVICE).items()
                                        if n in SERVICE_KEY[1]])])
    for payload in genl.dump(LADDR_GET).payloads:
        if 9 not in nest(payload, LADDR):
            genl.ok(LADDR_DEL, [(LADDR, [(1, nest(payload, LADDR)[1])])])
    for payload in genl.dump(DEV_GET).payloads:
        genl.ok(DEV_DETACH, [(DEV, [(1, nest(payload, DEV)[1])])])


def make_devs(count):
    """Devices dev0, dev1 ... that are there for being attached."""
    missing = [n for n in range(count) if not os.path.exists("/proc/sys/net/ipv4/conf/dev%d" % n)]
    subprocess.run(["ip", "-batch", "-"], check=True, text=True, input="".join(
        "link add dev%d type dummy\n" % n for n in missing))


def dev(number):
    return [(DEV, [(1, word("dev%d" % number))])]


def populate(genl):
    """The objects that requests of the table below are about."""
    clear(genl)
    make_devs(2)
    genl.ok(DEV_ATTACH, dev(0))
    genl.ok(LADDR_ADD, [(LADDR, [(1, addr("10.2.0.101"))])])
    genl.ok(LADDR_ADD, [(LADDR, [(1, addr("fd02::101")), (2, word("six"))])])
    genl.ok(SERVICE_ADD, [(SERVICE, service())])
    genl.ok(SERVICE_ADD, [(SERVICE, service("fd09::1", 0, 17))])
    genl.ok(SERVICE_ADD, [(SERVICE, marked(7))])
    genl.ok(RS_ADD, [(SERVICE, service()), (RS, rs())])
    genl.ok(RS_ADD, [(SERVICE, service("fd09::1", 0, 17)), (RS, rs("fd02::11", 0))])


def whole(cmd):
    """A request of all that cmd takes, which is right but for being changed."""
    new = cmd in (SERVICE_ADD, RS_ADD, LADDR_ADD)
    timeouts = [(n, u32(n * 10)) for n in range(1, 10)]
    spec = [(4, word("wrr")), (5, u32(0)), (6, word("six")), (7, u32(1)), (8, timeouts)]
    filters = [(1, u32(6)), (2, addr("10.1.0.2")), (3, be16(1)), (4, addr("10.9.0.1")), (5, be16(80)),
               (6, addr("10.2.0.101")), (7, be16(2)), (8, addr("10.2.0.11")), (9, be16(8080)), (10, u32(1))]
    if cmd in (SERVICE_ADD, SERVICE_SET):
        return [(SERVICE, service(vport=81 if cmd == SERVICE_ADD else 80) + spec)]
    if cmd in (RS_ADD, RS_SET):
        return [(SERVICE, service()), (RS, rs(rport=81 if new else 8080) + [(3, u32(7)), (4, u32(0))])]
    if cmd == LADDR_ADD:
        return [(LADDR, [(1, addr("10.2.0.103")), (2, word("six")), (3, u32(0)), (5, u32(2000)), (6, u32(3000)),
                         (11, addr("10.2.0.105"))])]
    if cmd == LADDR_DEL:
        return [(LADDR, [(1, addr("10.2.0.101")), (11, addr("10.2.0.101"))])]
    if cmd in (SERVICE_DEL, SERVICE_GET):
        return [(SERVICE, service())]
    if cmd in (RS_DEL, RS_GET):
        return [(SERVICE, service()), (RS, rs())]
    if cmd == LADDR_GET:
        return [(LADDR, [(1, addr("10.2.0.101"))])]
    if cmd in (DEV_ATTACH, DEV_DETACH, DEV_GET):
        return dev(cmd == DEV_ATTACH)
    if cmd in (SESSION_GET, SESSION_COUNT, SESSION_FLUSH):
        # The limit is for dumps only.
        return [(FILTER, filters if cmd == SESSION_GET else filters[:-1])]
    return []


def sizes(kind):
    if kind == "u32":
        return (0, 1, 3, 5, 8)
    if kind == "be16":
        return (0, 1, 3, 4)
    if kind == "addr":
        return (0, 3, 5, 8, 15, 17, 32)
    return ()


def broken(tree, top, takes, required, where="top"):
    """Every way to spoil one level: (what, tree, regex of the sentence)."""
    for i, (kind, value) in enumerate(tree):
        name = "%s.%d" % (where, kind)
        before, after = tree[:i], tree[i + 1:]
        yield name + " twice", tree + [(kind, value)], "attribute is given twice"
        if kind in required:
            yield name + " missing", before + after, "no "
        raw = encode([(kind, value)])
        size, typ = struct.unpack_from("=HH", raw)
        yield (name + " with the nest flag wrong",
               before + [struct.pack("=HH", size, typ ^ NESTED) + raw[4:]] + after, "NLA_F_NESTED")
        yield (name + " longer than what holds it",
               before + after + [struct.pack("=HH", size + 400, typ) + raw[4:]], "leftover")
        yield name + " shorter than its header", before + [struct.pack("=HH", 3, typ) + raw[4:]] + after, "leftover"
        rule = takes.get(kind)
        for length in sizes(rule):
            yield "%s of %d bytes" % (name, length), before + [(kind, b"\1" * length)] + after, ""
        if isinstance(rule, int):
            yield name + " without NUL", before + [(kind, b"rr")] + after, "policy"
            yield name + " too long", before + [(kind, b"r" * (rule + 1) + b"\0")] + after, "policy"
            yield name + " of nothing", before + [(kind, b"")] + after, "policy"
        if isinstance(rule, tuple):
            inner = {SERVICE: "service", RS: "rs", LADDR: "laddr", DEV: "dev", FILTER: "filter"}.get(kind, "nest")
            yield name + " cut", before + [(kind | NESTED, encode(value)[:-4])] + after, ""
            for what, part, text in broken(value, rule[0], rule[1],
                                           REQUIRED.get(kind, set()) if where == "top" else set(),
                                           inner if where == "top" else "timeouts"):
                yield what, before + [(kind, part)] + after, text
    for kind in [0, *range(1, top + 3), 0x3fff]:
        if kind not in takes:
            text = "Unsupported attribute" if 0 < kind <= top else "Unknown attribute type"
            yield "%s.%d is foreign" % (where, kind), tree + [(kind, u32(1))], text
    yield where + " with bytes left over", tree + [b"\1\2\3"], "leftover"


# Stages ----------------------------------------------------------------------

def refuse(genl, what, reply, errors, text, before):
    """A refusal has a number, a sentence, and changes nothing."""
    shown = "%s: %s, \"%s\"" % (what, os.strerror(reply.error or 0), reply.text)
    expect(reply.error in errors, "%s; expected %s" % (shown, "/".join(os.strerror(e) for e in errors)))
    expect(reply.text and re.search(text, reply.text), "%s; expected a sentence like \"%s\"" % (shown, text))
    if expect(config(genl) == before, what + ": changed something"):
        return before
    populate(genl)
    return config(genl)


def structure(way):
    """Every attribute of every operation missing, twice, foreign, mis-sized, cut"""
    genl = Genl()
    populate(genl)
    before, count = config(genl), 0
    for cmd, ways in OPS.items():
        takes = ways[way]
        if takes is None:
            continue
        tree = [item for item in whole(cmd) if item[0] in takes]
        required = set(takes) - {FILTER} if way == 0 else set()
        for what, spoilt, text in broken(tree, DEV, takes, required):
            count += 1
            if way and "foreign" in what:
                # It shares its policy with the do, which may take that.
                text += "|NLA_F_NESTED"
            reply = genl.talk(genl.message(cmd, spoilt, flags=DUMP if way else ACK))
            before = refuse(genl, "%s %s" % (NAMES[cmd], what), reply, (errno.EINVAL, errno.ERANGE), text, before)
    print("# %d requests" % count)
    expect(count > (100 if way else 400), "only %d requests were made" % count)


def values():
    """Well-formed requests that ask for what can't be"""
    genl = Genl()
    populate(genl)
    before = config(genl)
    new = service(vport=81)
    table = [
        ("proto ICMP", SERVICE_ADD, [(SERVICE, service(proto=1))], "EPROTONOSUPPORT", "neither TCP nor UDP"),
        ("proto 262", SERVICE_ADD, [(SERVICE, service(proto=262))], "EPROTONOSUPPORT", "neither TCP nor UDP"),
        ("sched unknown", SERVICE_ADD, [(SERVICE, new + [(4, word("lblc"))])], "ENOENT", "no such scheduler"),
        ("sched empty", SERVICE_SET, [(SERVICE, service() + [(4, b"\0")])], "ENOENT", "no such scheduler"),
        ("mode 4", SERVICE_ADD, [(SERVICE, new + [(5, u32(4))])], "ERANGE", "out of range"),
        ("pool empty", SERVICE_ADD, [(SERVICE, new + [(6, b"\0")])], "EINVAL", "pool name"),
        ("pool with a space", SERVICE_ADD, [(SERVICE, new + [(6, b"a b\0")])], "EINVAL", "pool name"),
        ("pool with UTF-8", LADDR_ADD, [(LADDR, [(1, addr("10.2.0.9")), (2, "ä".encode() + b"\0")])],
         "EINVAL", "pool name"),
        ("timestamps 2", SERVICE_ADD, [(SERVICE, new + [(7, u32(2))])], "ERANGE", "out of range"),
        ("TOA 2", SERVICE_ADD, [(SERVICE, new + [(TOA, u32(2))])], "ERANGE", "out of range"),
        ("TOA of UDP", SERVICE_ADD, [(SERVICE, service(proto=17, vport=81) + [(TOA, u32(1))])], "EINVAL",
         "option of TCP"),
        ("kind of TOA 34", SERVICE_SET, [(SERVICE, service() + [(TOA_KIND, u32(34))])], "ERANGE", "35 to 254"),
        ("kind of TOA 255", SERVICE_SET, [(SERVICE, service() + [(TOA_KIND, u32(255))])], "ERANGE", "35 to 254"),
        ("timeout 0", SERVICE_ADD, [(SERVICE, new + [(8, [(3, u32(0))])])], "ERANGE", "1 to 86400|out of range"),
        ("timeout 86401", SERVICE_SET, [(SERVICE, service() + [(8, [(9, u32(86401))])])], "ERANGE", "1 to 86400"),
        ("timeout 2^32-1", SERVICE_SET, [(SERVICE, service() + [(8, [(1, u32(2**32 - 1))])])], "ERANGE", "1 to 86400"),
        ("service twice", SERVICE_ADD, [(SERVICE, service())], "EEXIST", "exists already"),
        ("service that is a laddr", SERVICE_ADD, [(SERVICE, service("10.2.0.101"))], "EADDRINUSE", "local address"),
        ("no such service", SERVICE_SET, [(SERVICE, new)], "ENOENT", "no such service"),
        ("no such service", SERVICE_DEL, [(SERVICE, new)], "ENOENT", "no such service"),
        ("no such service", SERVICE_GET, [(SERVICE, new)], "ENOENT", "no such service"),
        ("no such service", RS_ADD, [(SERVICE, new), (RS, rs())], "ENOENT", "no such service"),
        ("UDP is another service", RS_GET, [(SERVICE, service(proto=17)), (RS, rs())], "ENOENT", "no such service"),
        ("rs twice", RS_ADD, [(SERVICE, service()), (RS, rs())], "EEXIST", "exists already"),
        ("no such rs", RS_SET, [(SERVICE, service()), (RS, rs(rport=9))], "ENOENT", "no such rs"),
        ("no such rs", RS_DEL, [(SERVICE, service()), (RS, rs(rport=9))], "ENOENT", "no such rs"),
        ("no such rs", RS_GET, [(SERVICE, service()), (RS, rs("10.2.0.12"))], "ENOENT", "no such rs"),
        ("rport 0 of vport 80", RS_ADD, [(SERVICE, service()), (RS, rs(rport=0))], "EINVAL", "rport 0"),
        ("weight 65536", RS_SET, [(SERVICE, service()), (RS, rs() + [(3, u32(65536))])], "ERANGE", "weight"),
        ("mode 4 of an rs", RS_SET, [(SERVICE, service()), (RS, rs() + [(4, u32(4))])], "ERANGE", "out of range"),
        ("tunnel 3", RS_SET, [(SERVICE, service()), (RS, rs() + [(8, u32(3))])], "ERANGE", "out of range"),
        ("tunnel port 0", RS_SET, [(SERVICE, service()), (RS, rs() + [(9, b"\0\0")])], "EINVAL", "tunnel-port is 0"),
        ("tunnel checksum 2", RS_SET, [(SERVICE, service()), (RS, rs() + [(10, u32(2))])], "ERANGE", "out of range"),
        ("tunnel in fullnat", RS_SET, [(SERVICE, service()), (RS, rs() + [(8, u32(1))])], "EINVAL", "mode tunnel"),
        ("dr with another port", RS_SET, [(SERVICE, service()), (RS, rs() + [(4, u32(2))])], "EINVAL", "rport must be"),
        ("nat to another family", RS_ADD, [(SERVICE, service()), (RS, rs("fd02::77") + [(4, u32(1))])], "EINVAL",
         "service's family"),
        ("mark 0", SERVICE_ADD, [(SERVICE, marked(0))], "EINVAL", "fwmark is 0"),
        ("mark without family", SERVICE_ADD, [(SERVICE, marked(9)[:1])], "EINVAL", "a fwmark, but no family"),
        ("family without mark", SERVICE_ADD, [(SERVICE, new + marked(9)[1:])], "EINVAL", "a family, but no fwmark"),
        ("family 3", SERVICE_ADD, [(SERVICE, marked(9, 3))], "EAFNOSUPPORT", "neither IPv4 nor IPv6"),
        ("family 266", SERVICE_ADD, [(SERVICE, marked(9, 266))], "EAFNOSUPPORT", "neither IPv4 nor IPv6"),
        *((f"mark and attribute {n}", SERVICE_ADD, [(SERVICE, marked(9) + new[n - 1:n])], "EINVAL",
           "neither proto, vaddr nor vport") for n in (1, 2, 3)),
        ("mark twice", SERVICE_ADD, [(SERVICE, marked(7))], "EEXIST", "exists already"),
        ("mark of the other family", SERVICE_DEL, [(SERVICE, marked(7, 10))], "ENOENT", "no such service"),
        ("mark of nobody", SERVICE_GET, [(SERVICE, marked(8))], "ENOENT", "no such service"),
        ("dr by mark to a port", RS_ADD, [(SERVICE, marked(7)), (RS, rs() + [(4, u32(2))])], "EINVAL",
         "rport must be 0"),
        ("nat by mark to another family", RS_ADD, [(SERVICE, marked(7)), (RS, rs("fd02::77", 0) + [(4, u32(1))])],
         "EINVAL", "service's family"),
        ("filter by mark 0", SESSION_COUNT, [(FILTER, [(11, u32(0))])], "ERANGE", "out of range"),
        ("laddr twice", LADDR_ADD, [(LADDR, [(1, addr("10.2.0.101"))])], "EEXIST", "exists already"),
        ("laddr that is a vaddr", LADDR_ADD, [(LADDR, [(1, addr("fd09::1"))])], "EADDRINUSE", "vaddr"),
        ("no such laddr", LADDR_DEL, [(LADDR, [(1, addr("10.2.0.9"))])], "ENOENT", "no such local address"),
        ("no such laddr", LADDR_GET, [(LADDR, [(1, addr("fd02::9"))])], "ENOENT", "no such local address"),
        *(("range, " + what, cmd, [(LADDR, [(1, addr(first)), (11, addr(last))])], error, text)
          for cmd in (LADDR_ADD, LADDR_DEL) for what, first, last, error, text in (
              ("of two families", "10.3.0.1", "fd03::1", "EINVAL", "mixes IPv4 and IPv6"),
              ("backwards", "10.3.0.1", "10.3.0.0", "EINVAL", "ends before it starts"),
              ("backwards by far", "fd03:0:0:1::", "fd03::ffff", "EINVAL", "ends before it starts"),
              ("of 4097", "10.3.0.0", "10.3.16.0", "ERANGE", "more than 4096"),
              ("of 4097, IPv6", "fd03::", "fd03::1000", "ERANGE", "more than 4096"),
              ("of 2^64", "fd03::1", "fd03:0:0:1::1", "ERANGE", "more than 4096"),
              ("of 2^64 + 1", "fd03::1", "fd03:0:0:1::2", "ERANGE", "more than 4096"),
              ("of nearly all", "1.0.0.0", "223.255.255.255", "ERANGE", "more than 4096"),
              ("to no host", "223.255.255.255", "224.0.0.1", "EADDRNOTAVAIL", "multicast"))),
        ("CPU 2^32-1", LADDR_ADD, [(LADDR, [(1, addr("10.2.0.9")), (3, u32(2**32 - 1))])], "ENODEV", "no such CPU"),
        ("ports from 0", LADDR_ADD, [(LADDR, [(1, addr("10.2.0.9")), (5, u32(0))])], "ERANGE", "1 to 65535"),
        ("ports to 65536", LADDR_ADD, [(LADDR, [(1, addr("10.2.0.9")), (6, u32(65536))])], "ERANGE", "1 to 65535"),
        ("ports 9-8", LADDR_ADD, [(LADDR, [(1, addr("10.2.0.9")), (5, u32(9)), (6, u32(8))])], "EINVAL", "lowest"),
        ("a port without its address", SESSION_COUNT, [(FILTER, [(3, be16(1))])], "EINVAL", "without its address"),
        ("a port without its address", SESSION_FLUSH, [(FILTER, [(9, be16(1))])], "EINVAL", "without its address"),
        ("a limit", SESSION_COUNT, [(FILTER, [(10, u32(1))])], "EINVAL", "dumps only"),
        ("a limit", SESSION_FLUSH, [(FILTER, [(10, u32(1))])], "EINVAL", "dumps only"),
        ("proto of no session", SESSION_COUNT, [(FILTER, [(1, u32(262))])], "EPROTONOSUPPORT", "neither TCP nor UDP"),
        ("no such device", DEV_ATTACH, [(DEV, [(1, word("nosuch"))])], "ENODEV", "no such device"),
        ("no such device", DEV_DETACH, [(DEV, [(1, word("nosuch"))])], "ENODEV", "no such device"),
        ("no such device", DEV_GET, [(DEV, [(1, word("a/b"))])], "ENODEV", "no such device"),
        ("loopback", DEV_ATTACH, [(DEV, [(1, word("lo"))])], "EOPNOTSUPP", "loopback"),
        ("device twice", DEV_ATTACH, dev(0), "EEXIST", "attached already"),
        ("device not attached", DEV_DETACH, dev(1), "ENOENT", "not attached"),
        ("device not attached", DEV_GET, dev(1), "ENOENT", "not attached"),
        ("limit 0", SESSION_COUNT, [(FILTER, [(10, u32(0))])], "ERANGE", "out of range"),
    ]
    for text, why in (("127.0.0.1", "loopback"), ("127.255.0.1", "loopback"), ("0.0.0.0", "0.0.0.0"),
                      ("224.0.0.1", "multicast"), ("239.255.255.255", "multicast"), ("255.255.255.255", "broadcast"),
                      ("::", "zero"), ("::1", "loopback"), ("fe80::1", "link-local"), ("ff02::1", "multicast"),
                      ("::ffff:10.9.0.1", "IPv4 address in IPv6 form")):
        table.append((text, SERVICE_ADD, [(SERVICE, service(text))], "EADDRNOTAVAIL", why))
        table.append((text, RS_ADD, [(SERVICE, service()), (RS, rs(text))], "EADDRNOTAVAIL", why))
        table.append((text, LADDR_ADD, [(LADDR, [(1, addr(text))])], "EADDRNOTAVAIL", why))
    for what, cmd, tree, error, text in table:
        before = refuse(genl, "%s %s" % (NAMES[cmd], what), genl.do(cmd, tree), (getattr(errno, error),), text, before)
    for what, cmd, tree in (("no such service", RS_GET, [(SERVICE, new)]),):
        before = refuse(genl, "dump " + what, genl.dump(cmd, tree), (errno.ENOENT,), "no such service", before)
    print("# %d requests" % len(table))


def headers():
    """Unknown commands, other versions, flags, headers cut short"""
    genl = Genl()
    populate(genl)
    before = config(genl)
    for cmd in (0, LADDR_EXHAUSTED, DEV_GET + 1, 128, 255):
        for flags in (ACK, DUMP):
            reply = genl.do(cmd, whole(SERVICE_ADD), flags=flags)
            expect(reply.error == errno.EOPNOTSUPP, "command %d: %s" % (cmd, os.strerror(reply.error)))
    for cmd, (way_do, way_dump) in OPS.items():
        if way_do is None or way_dump is None:
            reply = genl.do(cmd, [], flags=DUMP if way_dump is None else ACK)
            expect(reply.error == errno.EOPNOTSUPP, "%s has no such way: %s" % (NAMES[cmd], os.strerror(reply.error)))
    short = struct.pack("=IHHII", 16, Genl.families["mgw"], REQUEST | ACK, 999, 0)
    expect(genl.talk(short).error == errno.EINVAL, "a message without generic header is taken")
    # Generic netlink leaves the version to the family; there is but one.
    for version in (0, 2, 255):
        expect(genl.do(INFO_GET, version=version).error == 0, "version %d is refused" % version)
    before = refuse(genl, "reserved field of the header",
                    genl.do(SERVICE_ADD, whole(SERVICE_ADD), reserved=1), (errno.EINVAL,), "reserved", before)
    for name, flags in (("ROOT", ROOT), ("MATCH", MATCH), ("CREATE", 0x400), ("APPEND", 0x800), ("0x8000", 0x8000)):
        before = refuse(genl, "flag " + name, genl.do(SERVICE_ADD, whole(SERVICE_ADD), flags=ACK | flags),
                        (errno.EINVAL,), "flags", before)


def refusing_dumps():
    """A dump refuses attributes that it makes no use of"""
    genl = Genl()
    populate(genl)
    for cmd, tree, what in ((SERVICE_GET, [(SERVICE, service())], "service"),
                            (RS_GET, [(SERVICE, service()), (RS, rs())], "rs"),
                            (LADDR_GET, [(LADDR, [(1, addr("10.2.0.101"))])], "laddr"),
                            (DEV_GET, dev(0), "dev")):
        reply = genl.dump(cmd, tree)
        expect(reply.error == errno.EINVAL, "a dump of %s takes %s and ignores it (%d messages)" % (
            NAMES[cmd], what, len(reply.messages)))
        expect(reply.text, "a dump of %s refuses %s without a sentence" % (NAMES[cmd], what))


def big_config(genl):
    clear(genl)
    keys = [service("10.9.%d.%d" % (n // 250, n % 250 + 1), 1 + n * 7) for n in range(500)]
    for n, key in enumerate(keys):
        genl.ok(SERVICE_ADD, [(SERVICE, key)])
        for i in range(3):
            genl.ok(RS_ADD, [(SERVICE, key), (RS, rs("10.3.%d.%d" % (n % 200, i + 1), 1000 + n))])
    laddrs = [addr("10.4.%d.%d" % (n // 250, n % 250 + 1)) for n in range(300)]
    for laddr in laddrs:
        genl.ok(LADDR_ADD, [(LADDR, [(1, laddr)])])
    make_devs(200)
    for n in range(200):
        genl.ok(DEV_ATTACH, dev(n))
    return keys, laddrs


def key_of(payload, kind, numbers):
    inner = nest(payload, kind)
    return [inner[n] for n in numbers]


def dumps():
    """500 services, 1,500 rs, 300 laddrs, 200 devices: complete, in order, each once"""
    genl = Genl()
    keys, laddrs = big_config(genl)
    for size in (4096, 65536):
        asker = Genl(size=size)
        for cmd in (SERVICE_GET, RS_GET, LADDR_GET, DEV_GET):
            reply = asker.dump(cmd)
            expect(not reply.error, "dump of %s: %s" % (NAMES[cmd], reply.error))
            if cmd == LADDR_GET:
                seen, want = [key_of(p, LADDR, [1])[0] for p in reply.payloads], laddrs
            elif cmd == DEV_GET:
                seen, want = [key_of(p, DEV, [1])[0] for p in reply.payloads], [word("dev%d" % n) for n in range(200)]
            elif cmd == SERVICE_GET:
                seen = [key_of(p, SERVICE, (1, 2, 3)) for p in reply.payloads]
                want = [[value for _, value in key] for key in keys]
            else:
                seen = [key_of(p, SERVICE, (1, 2, 3)) + key_of(p, RS, (1, 2)) for p in reply.payloads]
                want = [[value for _, value in key] + [addr("10.3.%d.%d" % (n % 200, i + 1)), be16(1000 + n)]
                        for n, key in enumerate(keys) for i in range(3)]
            expect(seen == want, "dump of %s by %d bytes: %d messages, the first that differs is number %s" % (
                NAMES[cmd], size, len(seen), next((i for i, (a, b) in enumerate(zip(seen, want)) if a != b), "none")))
    one = genl.dump(RS_GET, [(SERVICE, keys[77])])
    expect(len(one.messages) == 3, "the rs of one service are %d" % len(one.messages))
    for key in keys[::50]:
        got = genl.ok(SERVICE_GET, [(SERVICE, key)]).payloads[0]
        expect(nest(got, SERVICE)[9] == u32(3), "a service of three rs has another rs_count")


def half(genl, cmd):
    """Begins a dump, reads the first datagram."""
    message = genl.message(cmd, [], flags=DUMP)
    genl.sock.send(message)
    reply = Reply()
    genl.take(genl.sock.recv(genl.size), reply)
    expect(reply.messages and not reply.ended, "dump of %s is over after one datagram" % NAMES[cmd])
    return reply


def interrupted():
    """A change while a dump is under way is marked; so is one of the last"""
    genl, other = Genl(size=4096), Genl()
    keys, laddrs = big_config(other)
    changes = {
        "rs weight": (RS_SET, [(SERVICE, keys[3]), (RS, rs("10.3.3.1", 1003) + [(3, u32(9))])]),
        "service added": (SERVICE_ADD, [(SERVICE, service("10.99.0.1", 1))]),
        "service deleted": (SERVICE_DEL, [(SERVICE, keys[0])]),
        "laddr deleted": (LADDR_DEL, [(LADDR, [(1, laddrs[0])])]),
    }
    for what, change in changes.items():
        for cmd in (SERVICE_GET, RS_GET, LADDR_GET):
            reply = half(genl, cmd)
            other.do(*change) if cmd != SERVICE_GET else other.ok(*change)
            if what in ("service added", "service deleted", "laddr deleted") and cmd != SERVICE_GET:
                other.ok(RS_SET, [(SERVICE, keys[4]), (RS, rs("10.3.4.1", 1004) + [(3, u32(cmd))])])
            while not reply.ended:
                genl.take(genl.sock.recv(genl.size), reply)
            expect(reply.interrupted, "%s during a dump of %s: NLM_F_DUMP_INTR is not set" % (what, NAMES[cmd]))
    for what, cmd in (("attached", DEV_ATTACH), ("detached", DEV_DETACH)):
        other.do(DEV_DETACH if cmd == DEV_ATTACH else DEV_ATTACH, dev(1))
        reply = half(genl, DEV_GET)
        other.ok(cmd, dev(1))
        while not reply.ended:
            genl.take(genl.sock.recv(genl.size), reply)
        expect(reply.interrupted, "device %s during a dump: NLM_F_DUMP_INTR is not set" % what)
    # The laddr that was deleted goes when nobody sees it any more: a change as well.
    end = time.monotonic() + 30
    while any(9 in nest(p, LADDR) for p in other.dump(LADDR_GET).payloads):
        expect(time.monotonic() < end, "a laddr without sessions still drains") or sys.exit(1)
        time.sleep(0.05)
    reply = half(genl, SERVICE_GET)
    other.do(SERVICE_SET, [(SERVICE, service("10.98.0.1", 1))])
    while not reply.ended:
        genl.take(genl.sock.recv(genl.size), reply)
    expect(not reply.interrupted, "a refused change marks a dump as interrupted")


def abandoned():
    """Dumps left half way; the module must unload afterwards"""
    genl = Genl()
    count = struct.unpack("=Q", dict(decode(genl.ok(SESSION_COUNT).payloads[0]))[COUNT])[0]
    expect(count >= 1000, "there are only %d sessions" % count)
    seen = Genl(size=4096).dump(SESSION_GET)
    ports = {nest(p, SESSION)[6] for p in seen.payloads}
    expect(len(seen.messages) == len(ports) == count,
           "%d sessions, %d in the dump, %d different" % (count, len(seen.messages), len(ports)))
    limited = genl.dump(SESSION_GET, [(FILTER, [(10, u32(100))])])
    expect(len(limited.messages) == 100, "a limit of 100 gives %d" % len(limited.messages))
    for cmd in (SESSION_GET, SERVICE_GET, RS_GET, LADDR_GET, DEV_GET):
        for _ in range(20):
            lost = Genl(buffer=8192, size=4096)
            half(lost, cmd)
            lost.close()
    for _ in range(20):
        lost = Genl()
        lost.sock.send(lost.message(SESSION_GET, [], flags=DUMP))
        lost.close()


def flows(target, port, count, pause=0):
    """Datagrams from as many ports, each a session"""
    for source in range(20000, 20000 + int(count)):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("", source))
            sock.sendto(b"x", (target, int(port)))
        time.sleep(float(pause))


def mutate(rng, body, others):
    """One of the ways in which the payload of a message goes wrong."""
    data = bytearray(body)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        way, at = rng.randrange(8), rng.randrange(len(data)) if data else 0
        if way == 0 and data:
            data[at] ^= 1 << rng.randrange(8)
        elif way == 1 and data:
            data[at] = rng.choice((0, 1, 3, 4, 0x7f, 0x80, 0xff, rng.randrange(256)))
        elif way == 2:
            del data[at:]
        elif way == 3:
            del data[at:at + rng.choice((1, 2, 4, 8))]
        elif way == 4:
            data[at:at] = bytes(rng.randrange(256) for _ in range(rng.choice((1, 4, 16, 100))))
        elif way == 5:
            data += struct.pack("=HH", rng.choice((0, 3, 4, 8, 0xffff)), rng.randrange(20) | rng.choice((0, NESTED)))
        elif way == 6:
            donor = rng.choice(others)
            data += donor[rng.randrange(4, len(donor) + 1):]
        else:
            data[at & ~3:(at & ~3) + 2] = struct.pack("=H", rng.choice((4, 5, 8, 12, 20, rng.randrange(200))))
    return bytes(data[:4000])


def events_of(cmd, body):
    """How many events a change has that is acknowledged: of a range one for each address"""
    if cmd not in (LADDR_ADD, LADDR_DEL):
        return 1
    inner = nest(body, LADDR)
    first, last = (int.from_bytes(inner.get(n, inner[1]), "big") for n in (1, 11))
    return last - first + 1


def mutations(count):
    """Mutated messages: nothing changes unless acknowledged, and then is told"""
    rng = random.Random(20240229)
    genl, ears, eyes = Genl(), Genl().listen(), Genl()
    templates = [struct.pack("=BBH", cmd, 1, 0) + encode(whole(cmd)) for cmd in OPS]
    populate(eyes)
    ears.events()
    before, changed, changes, refused, taken, ended = config(eyes), False, 0, 0, 0, 0
    for number in range(int(count)):
        body = mutate(rng, rng.choice(templates), templates)
        genl.seq += 1
        flags = REQUEST | ACK | (DUMP if rng.randrange(8) == 0 else rng.choice((0,) * 15 + (rng.randrange(1 << 16),)))
        genl.sock.send(struct.pack("=IHHII", 16 + len(body), Genl.families["mgw"], flags, genl.seq, 0) + body)
        reply = Reply()
        genl.sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                genl.take(genl.sock.recv(genl.size), reply, genl.seq)
        ended += reply.ended
        told = ears.events()
        good = reply.ended and not reply.error
        taken, refused = taken + good, refused + (reply.ended and bool(reply.error))
        cmd = body[0] if body else 0
        is_dump = flags & DUMP == DUMP
        want = [cmd] * events_of(cmd, body[4:]) if good and cmd in CHANGES and not is_dump else []
        expect([c for c, _ in told] == want, "message %d, command %d, %s: events %s, expected %s" % (
            number, cmd, reply.error, [c for c, _ in told], want))
        changed |= bool(told)
        changes += len(told)
        if number % 50 == 49:
            now = config(eyes)
            expect(changed or now == before, "messages to %d changed something without saying so" % number)
            if changed and changes % 10 == 0:
                populate(eyes)
                ears.events()
                now = config(eyes)
            before, changed = now, False
    print("# %d messages: %d refused, %d acknowledged, %d changes" % (int(count), refused, taken, changes))
    # A message that is too short for its own header gets no answer.
    expect(ended >= int(count) * 0.95, "only %d messages were answered" % ended)
    expect(refused > int(count) // 2 and changes > 0, "the mixture is no test")
    populate(eyes)


def events():
    """One event for each change, with the nests of GET, none for refusals"""
    genl, ears = Genl(), Genl().listen()
    clear(genl)
    make_devs(1)
    ears.events()
    key, laddr = service(), [(1, addr("10.2.0.101"))]
    about = {SERVICE: [(SERVICE, key)], RS: [(SERVICE, key), (RS, rs())], LADDR: [(LADDR, laddr)],
             DEV: dev(0)}
    get = {SERVICE: SERVICE_GET, RS: RS_GET, LADDR: LADDR_GET, DEV: DEV_GET}
    steps = [
        (SERVICE_ADD, SERVICE, [(SERVICE, key + [(4, word("rr"))])]),
        (SERVICE_SET, SERVICE, [(SERVICE, key + [(8, [(3, u32(77))])])]),
        (RS_ADD, RS, [(SERVICE, key), (RS, rs() + [(3, u32(5))])]),
        (RS_SET, RS, [(SERVICE, key), (RS, rs() + [(3, u32(6))])]),
        (LADDR_ADD, LADDR, [(LADDR, laddr + [(2, word("pool")), (5, u32(5000))])]),
        (RS_DEL, RS, about[RS]), (SERVICE_DEL, SERVICE, about[SERVICE]), (LADDR_DEL, LADDR, about[LADDR]),
        (DEV_ATTACH, DEV, about[DEV]), (DEV_DETACH, DEV, about[DEV]),
    ]
    for cmd, kind, tree in steps:
        last = cmd in (RS_DEL, SERVICE_DEL, LADDR_DEL, DEV_DETACH)
        was = genl.ok(get[kind], about[kind]).payloads[0] if last else None
        genl.ok(cmd, tree)
        now = was or genl.ok(get[kind], about[kind]).payloads[0]
        told = ears.events()
        if not expect([c for c, _ in told] == [cmd], "%s: events %s" % (NAMES[cmd], [c for c, _ in told])):
            continue
        got = told[0][1]
        if cmd == LADDR_DEL:  # It drains from then on.
            expect(nest(got, LADDR).pop(9, None) == b"", "the event of a deleted laddr does not say that it drains")
            got, now = ({k: v for k, v in nest(p, LADDR).items() if k != 9} for p in (got, now))
        expect(got == now, "%s: the event is not what GET says" % NAMES[cmd])
        again = genl.do(cmd, tree)
        if cmd not in (SERVICE_SET, RS_SET):
            expect(again.error, "%s works twice" % NAMES[cmd])
            expect(not ears.events(), "%s was refused, and told" % NAMES[cmd])
        else:
            expect(len(ears.events()) == 1, "%s again is not told" % NAMES[cmd])
    for cmd in (INFO_GET, SERVICE_GET, SESSION_COUNT, SESSION_FLUSH, STATS_ZERO):
        genl.do(cmd, whole(cmd))
    for cmd in (SERVICE_GET, RS_GET, LADDR_GET, DEV_GET, SESSION_GET, STATS_GET):
        genl.dump(cmd)
    expect(not ears.events(), "asking is told as a change")
    genl.ok(SERVICE_ADD, [(SERVICE, key)])
    genl.ok(RS_ADD, about[RS])
    ears.events()
    genl.ok(SERVICE_DEL, about[SERVICE])
    expect([c for c, _ in ears.events()] == [SERVICE_DEL], "a service deleted with its rs is more than one event")
    renamed(genl, ears)
    clear(genl)


def renamed(genl, ears):
    """For who knows it by its name, one device leaves and another comes; the number says that it is the same"""
    genl.ok(DEV_ATTACH, dev(0))
    before = nest(genl.ok(DEV_GET, dev(0)).payloads[0], DEV)
    ears.events()
    for old, new in (("dev0", "other"), ("other", "dev0")):
        subprocess.run(["ip", "link", "set", old, "name", new], check=True)
        told = [(cmd, nest(payload, DEV)) for cmd, payload in ears.events()]
        expect(told == [(DEV_DETACH, {**before, 1: word(old)}), (DEV_ATTACH, {**before, 1: word(new)})],
               "%s became %s: events %s" % (old, new, told))


def span(first, last=None, more=()):
    return [(LADDR, [(1, addr(first)), *more, *([(11, addr(last))] if last else [])])]


def ranges():
    """All addresses of a range, or none"""
    genl, ears = Genl(size=65536), Genl(buffer=1 << 20).listen()
    clear(genl)

    def there():
        return [nest(p, LADDR) for p in config(genl)[3]]

    def addresses():
        return [socket.inet_ntop(socket.AF_INET if len(laddr[1]) == 4 else socket.AF_INET6, laddr[1])
                for laddr in there()]

    def refused(what, cmd, tree, error, index):
        before = config(genl)
        reply = genl.do(cmd, tree)
        expect(reply.error == error and reply.cookie == (None if index is None else u32(index)),
               "%s: %s, %s, at %s" % (what, os.strerror(reply.error), reply.text, reply.cookie))
        expect(config(genl) == before, "%s: changed something" % what)
        expect(not ears.events(), "%s: is told as a change" % what)

    def whole_range(first, last, count, more=()):
        ears.events()
        start = time.monotonic()
        genl.ok(LADDR_ADD, span(first, last, more))
        taken = time.monotonic() - start
        found, told = there(), ears.events()
        expect(len(found) == count, "%s-%s: %d of %d are there" % (first, last, len(found), count))
        expect(found[0][1] == addr(first) and found[-1][1] == addr(last), "%s-%s: has other ends" % (first, last))
        expect([laddr[1] for laddr in found] == sorted(laddr[1] for laddr in found), "they are in no order")
        expect([cmd for cmd, _ in told] == [LADDR_ADD] * count, "%d events of %d" % (len(told), count))
        expect([nest(body, LADDR) for _, body in told] == found, "events are not what is shown")
        owners = [laddr[4] for laddr in found]
        counts = [owners.count(owner) for owner in set(owners)]
        expect(more or max(counts) - min(counts) <= 1, "CPUs have %s" % counts)
        start = time.monotonic()
        genl.ok(LADDR_DEL, span(first, last))
        print("# %s-%s: %.0f ms, and %.0f ms to delete" % (first, last, taken * 1000,
                                                         (time.monotonic() - start) * 1000))
        told = ears.events()
        expect([cmd for cmd, _ in told] == [LADDR_DEL] * count, "%d events of %d deleted" % (len(told), count))
        expect([nest(body, LADDR)[1] for _, body in told] == [laddr[1] for laddr in found],
               "others are told to be deleted")
        expect(not there(), "%d are there after they were deleted" % len(there()))

    whole_range("10.3.0.0", "10.3.15.255", 4096)
    whole_range("fd03::ffff:ffff:ffff:f800", "fd03:0:0:1::7ff", 4096)
    whole_range("10.3.255.255", "10.4.0.0", 2, [(2, word("web")), (5, u32(2000)), (6, u32(2999)), (3, u32(0))])
    whole_range("10.3.0.7", "10.3.0.7", 1)
    genl.ok(LADDR_ADD, span("10.3.0.3"))
    genl.ok(LADDR_ADD, span("10.3.0.5", more=[(2, word("web"))]))
    genl.ok(SERVICE_ADD, [(SERVICE, service("10.3.0.9"))])
    ears.events()
    refused("the first is there", LADDR_ADD, span("10.3.0.3", "10.3.0.4"), errno.EEXIST, 0)
    refused("one within is there", LADDR_ADD, span("10.3.0.0", "10.3.0.4"), errno.EEXIST, 3)
    refused("the last is there", LADDR_ADD, span("10.3.0.4", "10.3.0.5"), errno.EEXIST, 1)
    refused("the last is a vaddr", LADDR_ADD, span("10.3.0.6", "10.3.0.9"), errno.EADDRINUSE, 3)
    refused("one within is a vaddr", LADDR_ADD, span("10.3.0.8", "10.3.8.9"), errno.EADDRINUSE, 1)
    refused("one within is not there", LADDR_DEL, span("10.3.0.3", "10.3.0.5"), errno.ENOENT, 1)
    refused("the first is not there", LADDR_DEL, span("10.3.0.2", "10.3.0.3"), errno.ENOENT, 0)
    refused("no such CPU", LADDR_ADD, span("10.5.0.0", "10.5.0.9", [(3, u32(1 << 20))]), errno.ENODEV, None)
    refused("GET takes no range", LADDR_GET, span("10.3.0.3", "10.3.0.5"), errno.EINVAL, None)
    genl.ok(LADDR_ADD, span("10.3.0.4"))
    genl.ok(LADDR_DEL, span("10.3.0.3", "10.3.0.5"))  # of two pools
    expect(not addresses(), "left is %s" % addresses())
    clear(genl)


def quiet(fifo):
    """Nothing is heard of another namespace, until a word comes through a FIFO"""
    ears = Genl().listen()
    print("ready", flush=True)
    with open(fifo, encoding="ascii") as told:
        told.read()
    expect(not ears.events(), "events of another namespace are heard")


def policy():
    """The kernel lists the policies of every operation, the same as ours"""
    genl = Genl()
    reply = genl.talk(genl.message(10, [(2, word("mgw"))], flags=DUMP, version=2, family=CTRL))
    expect(not reply.error, "CTRL_CMD_GETPOLICY: %s" % os.strerror(reply.error or 0))
    ops, rules = {}, {}
    for payload in reply.payloads:
        top = dict(decode(payload))
        for cmd, ways in decode(top.get(9, b"")):
            ops[cmd] = {way: struct.unpack("=I", index)[0] for way, index in decode(ways)}
        for index, attrs in decode(top.get(8, b"")):
            for number, fields in decode(attrs):
                rules.setdefault(index, {})[number] = dict(decode(fields))
    expect(sorted(ops) == sorted(OPS), "operations with a policy are %s" % sorted(ops))

    def compare(what, index, takes):
        have = rules.get(index, {})
        # Linux 6.1 leaves out what is in network order.
        want = {n for n, kind in takes.items() if kind != "be16" or n in have}
        expect(set(have) == want, "%s: the policy has %s, expected %s" % (what, sorted(have), sorted(want)))
        for number in set(have) & want:
            kind, fields = takes[number], have[number]
            typ = struct.unpack("=I", fields[1])[0]
            expected = {"u32": 4, "be16": 3, "addr": 10, int: 12, tuple: 13}[
                kind if isinstance(kind, str) else type(kind)]
            expect(typ == expected, "%s.%d is of type %d, expected %d" % (what, number, typ, expected))
            if kind == "addr":
                expect((fields.get(6), fields.get(7)) == (u32(4), u32(16)), "%s.%d has other lengths" % (what, number))
            if isinstance(kind, int):
                expect(fields.get(7) == u32(kind), "%s.%d is longer than %d" % (what, number, kind))
            if isinstance(kind, tuple):
                compare("%s.%d" % (what, number), struct.unpack("=I", fields[8])[0], kind[1])

    for cmd, ways in OPS.items():
        for way, takes in ((1, ways[0]), (2, ways[1])):
            listed = ops.get(cmd, {}).get(way)
            if expect((takes is None) == (listed is None), "%s: way %d is wrong" % (NAMES[cmd], way)) and takes:
                # One policy serves both ways: the do takes all the dump does.
                compare(NAMES[cmd], listed, ways[0] or takes)


def forbidden():
    """Nothing works without CAP_NET_ADMIN, in either way"""
    genl = Genl()
    for cmd, ways in OPS.items():
        for way, flags in ((0, ACK), (1, DUMP)):
            if ways[way] is not None:
                error = genl.do(cmd, whole(cmd), flags=flags).error
                expect(error == errno.EPERM, "%s: %s" % (NAMES[cmd], os.strerror(error)))


def deaf():
    """Events, too, are for those who have CAP_NET_ADMIN"""
    try:
        Genl().listen()
    except PermissionError:
        return
    problem("without CAP_NET_ADMIN the events can be heard")


STAGES = {function.__name__: function for function in (
    values, headers, refusing_dumps, dumps, interrupted, abandoned, flows, mutations, events, ranges, quiet,
    policy, forbidden, deaf)}
STAGES["populate"] = lambda: populate(Genl())
STAGES["clear"] = lambda: clear(Genl())
STAGES["structure"] = lambda: structure(0)
STAGES["structure_dumps"] = lambda: structure(1)

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in STAGES:
        sys.exit("usage: raw_genl.py %s" % "|".join(STAGES))
    STAGES[sys.argv[1]](*sys.argv[2:])
    if problems > 40:
        print("# and %d more" % (problems - 40))
    sys.exit(problems > 0)
