#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""Hands many datagrams to the kernel in one call (UDP_SEGMENT), so that they
travel as one packet or as one burst, to an echo server; each must come back
once and unchanged. JSON on stdout; exit code 1 when one is missing or wrong."""
import argparse
import json
import random
import socket
import sys
import time

UDP_SEGMENT = 103

parser = argparse.ArgumentParser()
parser.add_argument("--size", type=int, default=1200, help="bytes of a datagram")
parser.add_argument("--burst", type=int, default=32, help="datagrams of a call")
parser.add_argument("--count", type=int, default=30, help="calls")
parser.add_argument("addr")
parser.add_argument("port", type=int)
args = parser.parse_args()

sock = socket.socket(socket.AF_INET6 if ":" in args.addr else socket.AF_INET, socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, args.size)
sock.connect((args.addr, args.port))
noise = random.Random(2).randbytes(args.size)
result = {"sent": 0, "came": 0, "wrong": 0, "double": 0, "calls_with_losses": 0}

for call in range(args.count):
    wanted = {}
    for number in range(args.burst):
        head = b"%08d%08d" % (call, number)
        # The last one is shorter, as it may be.
        wanted[head] = head + noise[16:args.size - (7 if number == args.burst - 1 else 0)]
    seen = set()
    sock.send(b"".join(wanted.values()))
    result["sent"] += args.burst
    deadline = time.monotonic() + 3
    while len(seen) < args.burst and (left := deadline - time.monotonic()) > 0:
        sock.settimeout(left)
        try:
            got = sock.recv(65536)
        except TimeoutError:
            break
        if got[:16] in seen:
            result["double"] += 1
        elif wanted.get(got[:16]) == got:
            seen.add(got[:16])
        else:
            result["wrong"] += 1
    result["came"] += len(seen)
    result["calls_with_losses"] += len(seen) < args.burst
    if result["calls_with_losses"] == 3:
        break

print(json.dumps(result))
sys.exit(result["came"] != args.burst * args.count or bool(result["wrong"] or result["double"]))
