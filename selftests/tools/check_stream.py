#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""Does each TCP segment of a capture carry the bytes that its number stands for?

  check_stream.py PCAP FILE to|from PORT...

Of the packets to, or from, these ports, none longer than an MTU: what follows a SYN's
number is FILE. How often a segment comes doesn't matter. Prints how many were compared;
exit 1 and what is wrong with the first one otherwise."""
import struct
import sys

MTU = 1500


def packets(path):
    """IP packets, less what Ethernet adds."""
    with open(path, "rb") as f:
        data = f.read()
    if struct.unpack_from("<I", data)[0] != 0xa1b2c3d4 or struct.unpack_from("<I", data, 20)[0] != 1:
        sys.exit("%s: no capture of Ethernet" % path)
    at = 24
    while at + 16 <= len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        yield data[at + 30:at + 16 + size]
        at += 16 + size


def segment(packet):
    """(addresses and ports, number, flags, bytes) of TCP, or None."""
    if packet[0] >> 4 == 4 and packet[9] == 6:
        length, begin, addrs = struct.unpack_from("!H", packet, 2)[0], (packet[0] & 15) * 4, packet[12:20]
    elif packet[0] >> 4 == 6 and packet[6] == 6:
        length, begin, addrs = 40 + struct.unpack_from("!H", packet, 4)[0], 40, packet[8:40]
    else:
        return None
    sport, dport, number = struct.unpack_from("!HHI", packet, begin)
    data = packet[begin + (packet[begin + 12] >> 4) * 4:length]
    return (addrs, sport, dport), number, packet[begin + 13], data


def main():
    path, file, which, *ports = sys.argv[1:]
    with open(file, "rb") as f:
        content = f.read()
    first, compared = {}, 0
    for packet in packets(path):
        found = segment(packet) if len(packet) <= MTU else None
        if not found or str(found[0][2 if which == "to" else 1]) not in ports:
            continue
        flow, number, flags, data = found
        if flags & 2:
            first[flow] = number + 1
        elif data and flow in first:
            offset = (number - first[flow]) & 0xffffffff
            if content[offset:offset + len(data)] != data:
                print("segment %d, ports %d to %d, byte %d: other bytes" % (compared, *flow[1:], offset))
                return 1
            compared += 1
    print(compared)
    return 0


sys.exit(main())
