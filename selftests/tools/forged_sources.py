#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""First packets as from many sources, each of which is heard of once: SYNs or
datagrams from the addresses of a network that is local here (ip route add local NET
dev lo), one source after the other. Answers are to be dropped by the caller."""
import argparse
import ipaddress
import itertools
import socket

parser = argparse.ArgumentParser()
parser.add_argument("--count", type=int, default=100)
parser.add_argument("--ports", type=int, default=1, help="as many destination ports in turn")
parser.add_argument("proto", choices=("tcp", "udp"))
parser.add_argument("network")
parser.add_argument("addr")
parser.add_argument("port", type=int)
args = parser.parse_args()

kind = socket.SOCK_STREAM if args.proto == "tcp" else socket.SOCK_DGRAM
hosts = itertools.cycle(ipaddress.ip_network(args.network).hosts())
for number, source in zip(range(args.count), hosts):
    sock = socket.socket(socket.AF_INET6 if source.version == 6 else socket.AF_INET, kind)
    sock.setblocking(False)
    sock.bind((str(source), 0))
    try:
        sock.connect((args.addr, args.port + number % args.ports))
    except BlockingIOError:
        pass
    if args.proto == "udp":
        sock.send(b"forged")
    sock.close()
