#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""Who hears of a UDP port that is closed?

  udp_refused.py client ADDR PORT   asks until it is refused; exit 0 if it is
  udp_refused.py server PORT        answers whoever asks twice, by a connected
                                    socket, and says "refused" when it is
"""
import socket
import sys
import time

IPV6_PKTINFO = 50


def client(addr, port):
    family = socket.AF_INET6 if ":" in addr else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.connect((addr, int(port)))
    sock.settimeout(1)
    for _ in range(5):
        try:
            sock.send(b"anybody?")
            sock.recv(100)
        except ConnectionRefusedError:
            return 0
        except TimeoutError:
            continue
    print("never refused")
    return 1


def answer(own, port, peer):
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((own, port))
    sock.connect(peer[:2])
    try:
        # Its process may take a while to end.
        for _ in range(30):
            time.sleep(0.3)
            sock.send(b"gone?")
    except ConnectionRefusedError:
        print("refused", flush=True)
        return
    print("never refused", flush=True)


def server(port):
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("::", port))
    print("ready", flush=True)
    while True:
        _, ancillary, _, peer = sock.recvmsg(100, 256)
        own = next(value[:16] for level, kind, value in ancillary
                   if (level, kind) == (socket.IPPROTO_IPV6, IPV6_PKTINFO))
        answer(socket.inet_ntop(socket.AF_INET6, own), port, peer)


if sys.argv[1] == "client":
    sys.exit(client(sys.argv[2], sys.argv[3]))
server(int(sys.argv[2]))
