#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""
Sends UDP datagrams of IPv4 with headers of its own: in fragments of a size, with DF or
without, with a chosen ID. Each is expected back, as an echo, unless --no-answer.
"""
import argparse
import socket
import struct
import sys

DF, MF = 0x4000, 0x2000


def ones_sum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def datagram(args, payload):
    length = 8 + len(payload)
    pseudo = socket.inet_aton(args.source) + socket.inet_aton(args.dest) + \
        struct.pack("!BBH", 0, socket.IPPROTO_UDP, length)
    header = struct.pack("!HHHH", args.sport, args.dport, length, 0)
    check = ~ones_sum(pseudo + header + payload) & 0xffff or 0xffff
    return header[:6] + struct.pack("!H", check) + payload


def pieces(args, data, number):
    """Whole packets; the kernel fills in length and checksum of the header."""
    room = (args.piece - 20) // 8 * 8
    for offset in range(0, len(data), room):
        part = data[offset:offset + room]
        flags = (DF if args.df else 0) | (MF if offset + room < len(data) else 0)
        yield struct.pack("!BBHHHBBH", 0x45, 0, 0, number, flags | offset // 8, 64,
                          socket.IPPROTO_UDP, 0) + \
            socket.inet_aton(args.source) + socket.inet_aton(args.dest) + part


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--piece", type=int, default=1500, help="most bytes of a packet")
    parser.add_argument("--size", type=int, default=100, help="bytes of each datagram")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--df", action="store_true")
    parser.add_argument("--id", type=int, default=1, help="of the first; the next has one more")
    parser.add_argument("--no-answer", action="store_true")
    parser.add_argument("--timeout", type=float, default=10, help="seconds for an answer")
    parser.add_argument("source")
    parser.add_argument("sport", type=int)
    parser.add_argument("dest")
    parser.add_argument("dport", type=int)
    args = parser.parse_args()

    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    answers = None
    if not args.no_answer:
        answers = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        answers.bind((args.source, args.sport))
        answers.settimeout(args.timeout)
    lost = 0
    for turn in range(args.count):
        payload = bytes((turn + place) % 251 for place in range(args.size))
        for packet in pieces(args, datagram(args, payload), args.id + turn):
            raw.sendto(packet, (args.dest, 0))
        try:
            if answers and answers.recv(65536) != payload:
                print("datagram %d came back changed" % turn)
                return 1
        except socket.timeout:
            lost += 1
    if lost:
        print("%d of %d datagrams did not come back" % (lost, args.count))
    return 1 if lost else 0


sys.exit(main())
