#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""Says to each client who it is, as accept(), getpeername() and DPVS's
getsockopt() have it. Knows nothing of TOA but that number.

usage: toa_server.py ADDR PORT      ADDR :: serves both families

Each line that comes in is answered with "accept ADDR PORT peer ADDR PORT nat64
ADDR PORT", the last as "- -" when there is none."""
import socket
import struct
import sys
import threading

TOA_SO_GET_LOOKUP = 4096


def nat64(conn):
    try:
        peer = conn.getsockopt(socket.IPPROTO_IP, TOA_SO_GET_LOOKUP, 20)
    except OSError:
        return "- -"
    return "%s %d" % (socket.inet_ntop(socket.AF_INET6, peer[:16]),
                      struct.unpack("!H", peer[16:18])[0])


def serve(conn, accepted):
    with conn, conn.makefile("rb") as lines:
        for _ in lines:
            peer = conn.getpeername()
            conn.sendall(("accept %s %d peer %s %d nat64 %s\n" %
                          (*accepted[:2], *peer[:2], nat64(conn))).encode())


def main():
    addr, port = sys.argv[1], int(sys.argv[2])
    family = socket.AF_INET6 if ":" in addr else socket.AF_INET
    listener = socket.create_server((addr, port), family=family,
                                    dualstack_ipv6=family == socket.AF_INET6)
    print("ready", flush=True)
    while True:
        conn, accepted = listener.accept()
        print("accepted %s %d" % accepted[:2], flush=True)
        threading.Thread(target=serve, args=(conn, accepted), daemon=True).start()


main()
