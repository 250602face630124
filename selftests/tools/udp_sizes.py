#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""Sends one datagram of every size in a range to an echo server and compares
what comes back, byte by byte. JSON on stdout; exit code 1 when a size failed."""
import argparse
import errno
import json
import random
import socket
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("--first", type=int, default=1)
parser.add_argument("--last", type=int, default=1472)
parser.add_argument("--step", type=int, default=1)
parser.add_argument("--timeout", type=float, default=5.0, help="seconds for one try")
parser.add_argument("--tries", type=int, default=1)
parser.add_argument("--bind", help="own address")
parser.add_argument("addr")
parser.add_argument("port", type=int)
args = parser.parse_args()

family = socket.AF_INET6 if ":" in args.addr else socket.AF_INET
sock = socket.socket(family, socket.SOCK_DGRAM)
if args.bind:
    sock.bind((args.bind, 0))
sock.connect((args.addr, args.port))
noise = random.Random(1).randbytes(65536)


def ask(size):
    """"ok", "lost", "wrong", or the error's text."""
    want = noise[-size:] if size else b""
    for _ in range(args.tries):
        try:
            sock.send(want)
            deadline = time.monotonic() + args.timeout
            while (left := deadline - time.monotonic()) > 0:
                sock.settimeout(left)
                got = sock.recv(65536)
                if got == want:
                    return "ok"
                # An answer to an earlier size may still be on its way.
                if len(got) >= size:
                    return "wrong"
        except TimeoutError:
            pass
        except OSError as error:
            # The path MTU is learnt from the first datagram that is too big.
            if error.errno != errno.EMSGSIZE or size > 65507:
                return str(error)
    return "lost"


start = time.monotonic()
failed, sent = {}, 0
for size in range(args.first, args.last + 1, args.step):
    sent += 1
    answer = ask(size)
    if answer != "ok":
        failed.setdefault(answer, []).append(size)
bad = sum(len(sizes) for sizes in failed.values())
print(json.dumps({"sent": sent, "ok": sent - bad, "failed": bad, "sizes": failed,
                  "seconds": round(time.monotonic() - start, 3)}))
sys.exit(1 if bad else 0)
