#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""Holds "mgwadm -j session show" on stdin to what udp_many has sent: each
(address, port) exactly once, and no two sessions on one (laddr, lport, rs).
JSON on stdout; exit code 1 when something is missing, double or foreign."""
import argparse
import ipaddress
import json
import re
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--first", required=True, help="first address")
parser.add_argument("--ports", type=int, required=True, help="ports of each address, from 1024")
parser.add_argument("--count", type=int, required=True)
parser.add_argument("--without", action="append", default=[], help="address without sessions now")
args = parser.parse_args()

LINE = re.compile(rb'"caddr":"([0-9.]+)","cport":(\d+).*"laddr":"([0-9.]+)","lport":(\d+),'
                  rb'"raddr":"([0-9.]+)","rport":(\d+)')
first = int(ipaddress.ip_address(args.first))
times = bytearray(args.count)
tuples = set()
lines = foreign = same_tuple = 0
numbers = {}


def number(addr):
    if addr not in numbers:
        numbers[addr] = int(ipaddress.ip_address(addr.decode()))
    return numbers[addr]


for line in sys.stdin.buffer:
    if not line.startswith((b"{", b"[{")):
        continue
    lines += 1
    found = LINE.search(line)
    index = -1
    if found:
        caddr, cport, laddr, lport, raddr, rport = found.groups()
        port = int(cport) - 1024
        index = (number(caddr) - first) * args.ports + port
        inner = (number(laddr) << 64) + (number(raddr) << 32) + (int(lport) << 16) + int(rport)
        same_tuple += inner in tuples
        tuples.add(inner)
    if not 0 <= index < args.count or not 0 <= port < args.ports:
        foreign += 1
        continue
    times[index] = min(times[index] + 1, 255)

wanted = bytearray(b"\1" * args.count)
for addr in args.without:
    start = (int(ipaddress.ip_address(addr)) - first) * args.ports
    end = min(start + args.ports, args.count)
    wanted[start:end] = bytes(end - start)
expected = sum(wanted)
report = {"lines": lines, "expected": expected, "foreign": foreign, "same_tuple": same_tuple,
          "missing": 0, "double": 0, "too_many": 0}
if times != wanted:
    for want, have in zip(wanted, times):
        report["missing"] += have < want
        report["double"] += have > 1
        report["too_many"] += have > want
print(json.dumps(report))
sys.exit(bool(foreign or same_tuple or times != wanted))
