#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""Connects again and again from a few source ports to a server that echoes a
byte and closes first. JSON on stdout: failures, resets, connect times."""
import argparse
import json
import os
import socket
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("--count", type=int, default=500)
parser.add_argument("--ports", type=int, default=5, help="source ports to use in turn")
parser.add_argument("--first-port", type=int, default=20000)
parser.add_argument("addr")
parser.add_argument("port", type=int)
args = parser.parse_args()

family = socket.AF_INET6 if ":" in args.addr else socket.AF_INET
times = []
errors = {}


def bind(sock, port):
    """The last use of the port may still wait for its last ACK."""
    for _ in range(200):
        try:
            sock.bind(("", port))
            return
        except OSError:
            time.sleep(0.005)
    raise OSError("source port is still taken")


for number in range(args.count):
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.settimeout(10 * int(os.environ.get("MGW_SLOW", 1)))
        try:
            bind(sock, args.first_port + number % args.ports)
            start = time.monotonic()
            sock.connect((args.addr, args.port))
            times.append((time.monotonic() - start) * 1000)
            sock.sendall(b"x")
            if sock.recv(1) != b"x" or sock.recv(1) != b"":
                raise OSError("wrong answer")
        except OSError as error:
            errors[str(error)] = errors.get(str(error), 0) + 1

times.sort()
print(json.dumps({"count": args.count, "failed": sum(errors.values()), "errors": errors,
                  "p50_ms": round(times[len(times) // 2], 1) if times else None,
                  "p99_ms": round(times[len(times) * 99 // 100], 1) if times else None,
                  "max_ms": round(times[-1], 1) if times else None}))
sys.exit(bool(errors))
