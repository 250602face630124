#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""Opens connections to an echo server, has each echo a byte, says "ready" and a
line of JSON, and holds them until it is ended."""
import argparse
import json
import signal
import socket
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--count", type=int, default=100)
parser.add_argument("--timeout", type=float, default=3.0, help="seconds for one connection")
parser.add_argument("--bind", help="own address")
parser.add_argument("--reset", action="store_true", help="end with RST instead of FIN")
parser.add_argument("addr")
parser.add_argument("port", type=int)
args = parser.parse_args()

family = socket.AF_INET6 if ":" in args.addr else socket.AF_INET
held = []
errors = {}
for number in range(args.count):
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.settimeout(args.timeout)
    if args.reset:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    try:
        if args.bind:
            sock.bind((args.bind, 0))
        sock.connect((args.addr, args.port))
        sock.sendall(b"%d" % (number % 10))
        if sock.recv(1) != b"%d" % (number % 10):
            raise OSError("wrong byte")
        held.append(sock)
    except OSError as error:
        errors[str(error)] = errors.get(str(error), 0) + 1
        sock.close()

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("ready", json.dumps({"open": len(held), "errors": errors}), flush=True)
signal.pause()
