#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""Opens connections to an echo server, has each echo a byte, says "ready" and a
line of JSON, and holds them until it is ended. On SIGUSR1 each echoes another byte,
and it says "again"."""
import argparse
import json
import signal
import socket
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--count", type=int, default=100)
parser.add_argument("--timeout", type=float, default=3.0, help="seconds for one connection")
parser.add_argument("--bind", help="own address")
parser.add_argument("--first-port", type=int, help="own ports, one after the other")
parser.add_argument("--reset", action="store_true", help="end with RST instead of FIN")
parser.add_argument("addr")
parser.add_argument("port", type=int)
args = parser.parse_args()

family = socket.AF_INET6 if ":" in args.addr else socket.AF_INET
IP_BIND_ADDRESS_NO_PORT = 24
held = []
errors = {}


def echo(sock, number):
    sock.sendall(b"%d" % (number % 10))
    if sock.recv(1) != b"%d" % (number % 10):
        raise OSError("wrong byte")


def again(*_):
    good = 0
    for number, sock in enumerate(held):
        try:
            echo(sock, number)
            good += 1
        except OSError as error:
            print("#", error)
    print("again", json.dumps({"open": good}), flush=True)


for number in range(args.count):
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.settimeout(args.timeout)
    if args.reset:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    try:
        if args.bind:
            sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            sock.bind((args.bind, args.first_port + number if args.first_port else 0))
        sock.connect((args.addr, args.port))
        echo(sock, number)
        held.append(sock)
    except OSError as error:
        errors[str(error)] = errors.get(str(error), 0) + 1
        sock.close()

signal.signal(signal.SIGUSR1, again)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("ready", json.dumps({"open": len(held), "errors": errors}), flush=True)
while True:
    signal.pause()
