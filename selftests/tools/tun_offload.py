#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""
Sends datagrams by a tun device, as a virtual machine does that leaves the checksum to
whoever has a device for it, and says where it is to be made: tun_offload.py DEV SOURCE
DEST PORT START OFFSET SECONDS. Exit code 0 when the datagram came back in that time, 1
when it did not, 2 when the device refused it.
"""
import fcntl
import os
import select
import socket
import struct
import sys

TUNSETIFF, IFF_TUN, IFF_NO_PI, IFF_VNET_HDR = 0x400454ca, 0x0001, 0x1000, 0x4000
NEEDS_CSUM = 1

dev, source, dest = sys.argv[1:4]
port, start, offset = map(int, sys.argv[4:7])
patience = float(sys.argv[7])
tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", dev.encode(), IFF_TUN | IFF_NO_PI | IFF_VNET_HDR))


def add(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


payload = b"summed up by others."
length = 8 + len(payload)
addresses = socket.inet_aton(source) + socket.inet_aton(dest)
header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 1, 0x4000, 64, socket.IPPROTO_UDP, 0)
check = ~add(header + addresses) & 0xffff
pseudo = add(addresses + struct.pack("!BBH", 0, socket.IPPROTO_UDP, length))
packet = header[:10] + struct.pack("!H", check) + addresses + \
    struct.pack("!HHHH", 4000 + start, port, length, pseudo) + payload
try:
    os.write(tun, struct.pack("=BBHHHH", NEEDS_CSUM, 0, 20, 0, start, offset) + packet)
except OSError:
    sys.exit(2)
while select.select([tun], [], [], patience)[0]:
    answer = os.read(tun, 65536)[10:]
    if answer[9] == socket.IPPROTO_UDP and answer[28:] == payload:
        sys.exit(0)
sys.exit(1)
