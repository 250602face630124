#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""Says, from an IPv4 address, that a packet did not arrive: a UDP datagram, or one of
IPIP that was too big. It goes to who sent it."""
import argparse
import socket
import struct
import sys


def summed(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


parser = argparse.ArgumentParser()
parser.add_argument("--ipip-mtu", type=int, help="a packet of IPIP; SPORT and DPORT say nothing")
parser.add_argument("source")
parser.add_argument("sender")
parser.add_argument("sport", type=int)
parser.add_argument("dest")
parser.add_argument("dport", type=int)
args = parser.parse_args()

proto, code = socket.IPPROTO_UDP, 1
if args.ipip_mtu:
    proto, code = socket.IPPROTO_IPIP, 4
quote = struct.pack("!BBHHHBBH4s4sHHHH", 0x45, 0, 28, 0, 0, 60, proto, 0,
                    socket.inet_aton(args.sender), socket.inet_aton(args.dest),
                    args.sport, args.dport, 8, 0)
error = struct.pack("!BBHI", 3, code, 0, args.ipip_mtu or 0) + quote
error = error[:2] + struct.pack("!H", summed(error)) + error[4:]
sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
sock.bind((args.source, 0))
sock.sendto(error, (args.sender, 0))
