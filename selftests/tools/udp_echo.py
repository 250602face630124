#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""UDP echo server, both families: udp_echo.py PORT. Answers from the address
that was asked; says "ready" once it serves."""
import socket
import sys

IPV6_PKTINFO = 50

sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
sock.bind(("::", int(sys.argv[1])))
print("ready", flush=True)
while True:
    data, ancillary, _, peer = sock.recvmsg(65536, 256)
    source = [(level, kind, value[:16] + bytes(4)) for level, kind, value in ancillary
              if (level, kind) == (socket.IPPROTO_IPV6, IPV6_PKTINFO)]
    try:
        sock.sendmsg([data], source, 0, peer)
    except OSError as error:
        print(peer, error, flush=True)
