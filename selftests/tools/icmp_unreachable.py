#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""Says, from an IPv4 address, that a UDP datagram did not arrive:
icmp_unreachable.py SOURCE FROM SPORT DEST DPORT. It goes to FROM, who sent it."""
import socket
import struct
import sys


def summed(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


source, sender, sport, dest, dport = sys.argv[1:]
quote = struct.pack("!BBHHHBBH4s4sHHHH", 0x45, 0, 28, 0, 0, 60, socket.IPPROTO_UDP, 0,
                    socket.inet_aton(sender), socket.inet_aton(dest), int(sport), int(dport), 8, 0)
error = struct.pack("!BBHI", 3, 1, 0, 0) + quote
error = error[:2] + struct.pack("!H", summed(error)) + error[4:]
sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
sock.bind((source, 0))
sock.sendto(error, (sender, 0))
