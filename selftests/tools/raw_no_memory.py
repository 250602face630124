#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Each request again and again, every time with another allocation of the kernel's
failing, until none is left to fail: what is refused changes nothing, what is not
refused is done whole. One stage a call, see STAGES; a line "# FAIL: ..." for each
thing that is wrong, exit code 1 if there was one. Driven by no_memory.sh, which
needs a kernel with fault injection."""
import errno
import os
import sys
import time

import raw_genl as raw
from raw_genl import LADDR, RS, SERVICE, addr, be16, expect, problem, u32, word

MOST = 600
# The errors by which memory that is not there shows.
REFUSALS = {errno.ENOMEM, errno.ENOBUFS, errno.EAGAIN}


class Fault:
    """Lets the nth allocation of a thread fail, of this one if none is named. Nothing
    but one system call is done meanwhile. left: 0 when it has failed."""

    def __init__(self, nth, thread="thread-self"):
        self.nth, self.left = nth, None
        self.file = os.open("/proc/%s/fail-nth" % thread, os.O_RDWR)

    def __enter__(self):
        os.pwrite(self.file, b"%d" % self.nth, 0)
        return self

    def __exit__(self, *_):
        self.left = int(os.pread(self.file, 16, 0))
        os.pwrite(self.file, b"0", 0)
        os.close(self.file)


def attempt(genl, message, nth):
    """Returns the reply and whether an allocation failed. The error is ENOBUFS when
    nobody can know: the answer itself had no memory."""
    reply = raw.Reply()
    fault = Fault(nth)
    try:
        with fault:
            genl.sock.send(message)
        while not reply.ended:
            genl.take(genl.sock.recv(genl.size), reply, genl.seq)
    except OSError as error:
        reply.error = error.errno
    return reply, not fault.left


def state(genl):
    return [sorted(payloads) for payloads in raw.config(genl)]


def each_failure(name, once):
    """once(nth) makes one attempt and returns whether an allocation failed."""
    for nth in range(1, MOST):
        if not once(nth):
            print("# %s: %d allocations" % (name, nth - 1), flush=True)
            expect(nth > 1, "%s: no allocation ever failed" % name)
            return
    problem("%s: more than %d allocations" % (name, MOST))


def change(genl, name, requests, undo):
    """The last of requests is the one that is tried; the others go before."""
    *before_it, (cmd, tree) = requests
    for request in before_it:
        genl.ok(*request)
    before = state(genl)
    genl.ok(cmd, tree)
    after = state(genl)
    expect(before != after, "%s changes nothing" % name)
    for request in undo:
        genl.ok(*request)
    expect(state(genl) == before, "%s is not undone" % name)

    def once(nth):
        reply, failed = attempt(genl, genl.message(cmd, tree), nth)
        now = state(genl)
        if reply.error == 0:
            expect(now == after, "%s, %d: done, but not whole" % (name, nth))
        elif expect(reply.error in REFUSALS, "%s, %d: %s" % (name, nth, os.strerror(reply.error))):
            expect(now == before or reply.error == errno.ENOBUFS and now == after,
                   "%s, %d: refused, yet something has changed" % (name, nth))
        if now != before:
            for request in undo:
                genl.ok(*request)
        return failed

    each_failure(name, once)


def ask(genl, name, cmd, tree=(), flags=raw.ACK):
    reply, _ = attempt(genl, genl.message(cmd, tree, flags=flags), 0)
    right = reply.payloads

    def once(nth):
        # A dump that was cut goes on at the next receive: a socket of its own.
        asker = raw.Genl()
        reply, failed = attempt(asker, asker.message(cmd, tree, flags=flags), nth)
        asker.close()
        if reply.error == 0:
            expect(reply.payloads == right, "%s, %d: another answer" % (name, nth))
        else:
            expect(reply.error in REFUSALS, "%s, %d: %s" % (name, nth, os.strerror(reply.error)))
        return failed

    each_failure(name, once)


def runs(genl):
    """Is there a director in this namespace?"""
    return raw.nest(genl.ok(raw.INFO_GET).payloads[0], raw.INFO)[3] != u32(0)


def first():
    """The first object of a namespace brings everything to life, the last one ends it"""
    genl = raw.Genl()
    tree = [(LADDR, [(1, addr("10.2.0.101"))])]

    def once(nth):
        end = time.monotonic() + 20
        while runs(genl) and time.monotonic() < end:
            time.sleep(0.05)
        if not expect(not runs(genl), "%d: it runs, and nothing is configured" % nth):
            return False
        reply, failed = attempt(genl, genl.message(raw.LADDR_ADD, tree), nth)
        now = raw.config(genl)
        expect(bool(now[3]) == runs(genl), "%d: %d local addresses, and does it run? %s" % (
            nth, len(now[3]), runs(genl)))
        if reply.error:
            expect(reply.error in REFUSALS, "%d: %s" % (nth, os.strerror(reply.error)))
        expect(bool(now[3]) == (reply.error == 0) or reply.error == errno.ENOBUFS,
               "%d: error %d, %d local addresses" % (nth, reply.error, len(now[3])))
        if now[3] and failed:
            genl.ok(raw.LADDR_DEL, [(LADDR, [(1, addr("10.2.0.101"))])])
        return failed

    each_failure("first local address", once)


def refused():
    """What is refused for what it says starts nothing: it asks for little memory"""
    genl = raw.Genl()
    tree = [(LADDR, [(1, addr("10.2.0.101")), (5, u32(40000)), (6, u32(40059))])]
    reply, failed = attempt(genl, genl.message(raw.LADDR_ADD, tree), 30)
    expect(reply.error == errno.EADDRINUSE and not failed,
           "ports of the host: %s, after 30 allocations: %s" % (os.strerror(reply.error), failed))


def weighted(number, weight):
    return [(SERVICE, raw.service(vport=82)), (RS, raw.rs("10.2.0.%d" % number) + [(3, u32(weight))])]


def changes():
    """Every kind of change"""
    genl = raw.Genl()
    raw.populate(genl)
    key = [(SERVICE, raw.service(vport=82))]
    new = [(SERVICE, raw.service(vport=82) + [(4, word("wrr")), (6, word("nobody"))])]
    server = [key[0], (RS, raw.rs("10.2.0.13"))]
    laddr = [(LADDR, [(1, addr("10.2.0.109")), (2, word("extra"))])]
    change(genl, "dev attach", [(raw.DEV_ATTACH, raw.dev(1))], [(raw.DEV_DETACH, raw.dev(1))])
    change(genl, "laddr add", [(raw.LADDR_ADD, laddr)], [(raw.LADDR_DEL, [(LADDR, laddr[0][1][:1])])])
    last = (11, addr("10.2.0.111"))
    change(genl, "laddr add, three", [(raw.LADDR_ADD, [(LADDR, laddr[0][1] + [last])])],
           [(raw.LADDR_DEL, [(LADDR, laddr[0][1][:1] + [last])])])
    change(genl, "service add", [(raw.SERVICE_ADD, new)], [(raw.SERVICE_DEL, key)])
    genl.ok(raw.SERVICE_ADD, new)
    change(genl, "rs add", [*((raw.RS_ADD, weighted(n, n)) for n in (11, 12)), (raw.RS_ADD, weighted(13, 5))],
           [(raw.RS_DEL, server)])
    genl.ok(raw.RS_ADD, weighted(13, 5))
    change(genl, "rs set", [(raw.RS_SET, weighted(13, 9))], [(raw.RS_SET, weighted(13, 5))])
    for name in ("rr", "wlc"):
        change(genl, "service set, " + name,
               [(raw.SERVICE_SET, [(SERVICE, raw.service(vport=82) + [(4, word(name)), (6, word("six"))])])],
               [(raw.SERVICE_SET, [(SERVICE, new[0][1])])])
    change(genl, "rs del", [(raw.RS_DEL, server)], [(raw.RS_ADD, weighted(13, 5))])
    change(genl, "service del", [(raw.SERVICE_DEL, key)],
           [(raw.SERVICE_ADD, new), *((raw.RS_ADD, weighted(n, n if n < 13 else 5)) for n in (11, 12, 13))])
    change(genl, "laddr del", [(raw.LADDR_ADD, laddr), (raw.LADDR_DEL, [(LADDR, laddr[0][1][:1])])],
           [(raw.LADDR_ADD, laddr)])
    other = [(LADDR, [(1, addr("10.2.0.108"))])]
    both = [(LADDR, other[0][1] + [(11, addr("10.2.0.109"))])]
    change(genl, "laddr del, of two pools", [(raw.LADDR_ADD, other), (raw.LADDR_DEL, both)],
           [(raw.LADDR_ADD, other), (raw.LADDR_ADD, laddr)])
    change(genl, "dev detach", [(raw.DEV_ATTACH, raw.dev(1)), (raw.DEV_DETACH, raw.dev(1))],
           [(raw.DEV_ATTACH, raw.dev(1))])


def questions():
    """Every question"""
    genl = raw.Genl()
    raw.populate(genl)
    ask(genl, "info", raw.INFO_GET)
    ask(genl, "service get", raw.SERVICE_GET, [(SERVICE, raw.service())])
    ask(genl, "rs get", raw.RS_GET, [(SERVICE, raw.service()), (RS, raw.rs())])
    ask(genl, "laddr get", raw.LADDR_GET, [(LADDR, [(1, addr("10.2.0.101"))])])
    ask(genl, "dev get", raw.DEV_GET, raw.dev(0))
    ask(genl, "session count", raw.SESSION_COUNT, [(raw.FILTER, [(1, u32(6)), (4, addr("10.9.0.1")), (5, be16(80))])])
    ask(genl, "session flush", raw.SESSION_FLUSH, [(raw.FILTER, [(1, u32(6))])])
    for cmd in (raw.SERVICE_GET, raw.RS_GET, raw.LADDR_GET, raw.SESSION_GET, raw.STATS_GET, raw.DEV_GET):
        ask(genl, "dump of " + raw.NAMES[cmd], cmd, flags=raw.DUMP)


def leaves(thread):
    """A CPU that has no memory for what it must leave behind stays, with all it has.
    thread: which takes CPU 1 off line"""
    genl = raw.Genl()
    raw.populate(genl)
    genl.ok(raw.LADDR_ADD, [(LADDR, [(1, addr("10.2.0.109")), (2, word("extra")), (11, addr("10.2.0.116"))])])
    before = state(genl)

    def once(nth):
        fault = Fault(nth, thread)
        with open("/sys/devices/system/cpu/cpu1/online", "wb", buffering=0) as online:
            try:
                with fault:
                    online.write(b"0")
            except OSError as error:
                expect(error.errno in REFUSALS, "%d: %s" % (nth, os.strerror(error.errno)))
                expect(state(genl) == before, "%d: refused, yet something has changed" % nth)
                return True
            expect(state(genl) != before, "%d: it is off line, and its local addresses are there" % nth)
            online.write(b"1")
        expect(state(genl) == before, "%d: not all came home" % nth)
        return not fault.left

    each_failure("a CPU that leaves", once)


def heard(ears):
    """What waits for a listener: commands, and whether some were lost"""
    reply, lost = raw.Reply(), False
    ears.sock.setblocking(False)
    while True:
        try:
            ears.take(ears.sock.recv(ears.size), reply)
        except BlockingIOError:
            return [cmd for cmd, _ in reply.messages], lost
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            lost = True


def events():
    """What is done is told, or the listener knows that it was not"""
    genl, ears = raw.Genl(), raw.Genl().listen()
    raw.populate(genl)
    laddr = [(LADDR, [(1, addr("10.2.0.109"))])]
    key = [(SERVICE, raw.service(vport=82))]
    silent = 0

    def tell(cmd, tree, undo):
        before = state(genl)

        def once(nth):
            nonlocal silent
            heard(ears)
            _, failed = attempt(genl, genl.message(cmd, tree), nth)
            told, lost = heard(ears)
            done = state(genl) != before
            silent += lost
            expect(lost or told == [cmd] * done, "%s, %d: %s, and heard are %s" % (
                raw.NAMES[cmd], nth, "done" if done else "not done", told))
            if done:
                genl.ok(*undo)
            return failed

        each_failure("event of " + raw.NAMES[cmd], once)

    tell(raw.LADDR_ADD, laddr, (raw.LADDR_DEL, laddr))
    tell(raw.SERVICE_ADD, key, (raw.SERVICE_DEL, key))
    tell(raw.RS_SET, [(SERVICE, raw.service()), (RS, raw.rs() + [(3, u32(3))])],
         (raw.RS_SET, [(SERVICE, raw.service()), (RS, raw.rs() + [(3, u32(1))])]))
    tell(raw.DEV_ATTACH, raw.dev(1), (raw.DEV_DETACH, raw.dev(1)))
    expect(silent > 3, "only %d events were lost: this is no test" % silent)


def flush():
    """What is refused has flushed nothing, of the sessions that traffic has left"""
    genl = raw.Genl()

    def sessions():
        return genl.ok(raw.SESSION_COUNT).payloads

    none = genl.ok(raw.SESSION_COUNT, [(raw.FILTER, [(1, u32(6)), (4, addr("10.9.0.1")), (5, be16(9))])]).payloads
    expect(sessions() != none, "there is no session to flush")

    def once(nth):
        before = sessions()
        reply, failed = attempt(genl, genl.message(raw.SESSION_FLUSH, ()), nth)
        # ENOBUFS: the answer had no memory, so nobody knows.
        if reply.error not in (0, errno.ENOBUFS):
            expect(reply.error in REFUSALS, "%d: %s" % (nth, os.strerror(reply.error)))
            expect(sessions() == before, "%d: refused, yet sessions are gone" % nth)
        return failed

    each_failure("flush of sessions", once)
    expect(sessions() == none, "sessions are left")


STAGES = {function.__name__: function for function in (first, refused, changes, questions, leaves, events, flush)}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in STAGES:
        sys.exit("usage: raw_no_memory.py %s" % "|".join(STAGES))
    STAGES[sys.argv[1]](*sys.argv[2:])
    sys.exit(raw.problems > 0)
