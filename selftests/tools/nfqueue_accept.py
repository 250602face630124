#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Accepts every packet of a netfilter queue, from its own process: what comes behind the
queue among the hooks runs there, not in softirq. Prints "ready"; at SIGTERM "accepted N"."""
import argparse
import signal
import socket
import struct
import sys

from raw_genl import ACK, ERROR, REQUEST, decode, encode

NETLINK_NETFILTER = 12
SUBSYS = 3 << 8
PACKET, VERDICT, CONFIG = SUBSYS | 0, SUBSYS | 1, SUBSYS | 2
CFG_CMD, CFG_PARAMS, CFG_QUEUE_MAXLEN, CFG_MASK, CFG_FLAGS = 1, 2, 3, 4, 5
BIND, COPY_META, F_GSO = 1, 1, 4
PACKET_HDR, VERDICT_HDR, NF_ACCEPT = 1, 2, 1
MAXLEN = 100000


def message(kind, flags, queue, *tree):
    body = struct.pack(">BBH", 0, 0, queue) + encode(tree)
    return struct.pack("=IHHII", 16 + len(body), kind, REQUEST | flags, 0, 0) + body


def messages(data):
    while len(data) >= 16:
        size, kind = struct.unpack_from("=IH", data)
        yield kind, data[16:size]
        data = data[(size + 3) & ~3:]


def packet_id(body):
    return struct.unpack_from(">I", dict(decode(body[4:]))[PACKET_HDR])[0]


def configure(link, queue, *tree):
    link.send(message(CONFIG, ACK, queue, *tree))
    for kind, body in messages(link.recv(65536)):
        if kind == ERROR and struct.unpack_from("=i", body)[0]:
            raise SystemExit("nfqueue_accept: error %d" % struct.unpack_from("=i", body)[0])


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("queue", type=int, metavar="QUEUE")
    queue = p.parse_args().queue
    accepted = 0

    def end(*_):
        print("accepted %d" % accepted, flush=True)
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    link.bind((0, 0))
    configure(link, queue, (CFG_CMD, struct.pack(">BBH", BIND, 0, 0)))
    configure(link, queue, (CFG_PARAMS, struct.pack(">IB", 0, COPY_META)),
              (CFG_QUEUE_MAXLEN, struct.pack(">I", MAXLEN)),
              (CFG_MASK, struct.pack(">I", F_GSO)),
              (CFG_FLAGS, struct.pack(">I", F_GSO)))
    print("ready", flush=True)
    while True:
        for kind, body in messages(link.recv(1 << 20)):
            if kind == PACKET:
                link.send(message(VERDICT, 0, queue,
                                  (VERDICT_HDR, struct.pack(">II", NF_ACCEPT, packet_id(body)))))
                accepted += 1


main()
