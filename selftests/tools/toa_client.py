#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""One TCP connection made of single segments, from an address that no kernel
owns, with whatever options its ACK and its data are to have: what a balancer
sends to a real server. Prints what the server says.

usage: toa_client.py [--ack HEX] [--data HEX] [--again CMD] [--path PATH]
                     [--accepted FILE] DEV MAC SRC DST PORT

  --ack   options of the ACK that ends the handshake
  --data  options of the packets with data, until the server's is acknowledged
  --accepted FILE wait before the data until the server has said so there
  --again CMD     run CMD after the first answer, then ask once more
  --path PATH     ask for it by HTTP, and print the body alone

Headers are made here: the interpreter starts faster than with scapy."""
import argparse
import ipaddress
import os
import select
import socket
import struct
import subprocess
import sys
import time

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
ETH_P = {4: 0x0800, 6: 0x86dd}
ETH_P_ALL = 3
WRAP = 1 << 32


def folded(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Conn:
    def __init__(self, args):
        self.src, self.dst = ipaddress.ip_address(args.src), ipaddress.ip_address(args.dst)
        self.dport = args.port
        self.sport = 20000 + int.from_bytes(os.urandom(2), "big") % 20000
        self.seq = int.from_bytes(os.urandom(4), "big")
        self.ack = 0
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.sock.bind((args.dev, ETH_P_ALL))
        own = self.sock.getsockname()[4]
        peer = bytes.fromhex(args.mac.replace(":", ""))
        self.ethernet = peer + own + struct.pack("!H", ETH_P[self.src.version])

    def send(self, flags, data=b"", options=b""):
        options += b"\0" * (-len(options) % 4)
        tcp = struct.pack("!HHIIHHHH", self.sport, self.dport, self.seq % WRAP,
                          self.ack % WRAP if flags & ACK else 0,
                          (20 + len(options)) // 4 << 12 | flags, 64000, 0, 0) + options + data
        pseudo = self.src.packed + self.dst.packed + struct.pack("!II", len(tcp), 6)
        tcp = tcp[:16] + struct.pack("!H", folded(pseudo + tcp)) + tcp[18:]
        if self.src.version == 4:
            ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0) + \
                self.src.packed + self.dst.packed
            ip = ip[:10] + struct.pack("!H", folded(ip)) + ip[12:]
        else:
            ip = struct.pack("!IHBB", 6 << 28, len(tcp), 6, 64) + self.src.packed + self.dst.packed
        self.sock.send(self.ethernet + ip + tcp)
        self.seq += len(data) + bool(flags & (SYN | FIN))

    def receive(self, seconds=10.0):
        """The next segment for us: flags, seq, ack, data."""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                sys.exit("nothing came from the server")
            packet = self.sock.recv(1 << 17)[14:]
            if packet[0] >> 4 == 4:
                at, size = (packet[0] & 15) * 4, struct.unpack("!H", packet[2:4])[0]
                to, proto = packet[16:20], packet[9]
            else:
                at, size = 40, struct.unpack("!H", packet[4:6])[0] + 40
                to, proto = packet[24:40], packet[6]
            if to != self.src.packed or proto != 6:
                continue
            segment = packet[at:size]
            sport, dport, seq, ack, bits = struct.unpack("!HHIIH", segment[:14])
            if (sport, dport) == (self.dport, self.sport):
                return bits & 0x3f, seq, ack, segment[(bits >> 12) * 4:]

    def open(self, options):
        self.send(SYN, options=struct.pack("!BBH", 2, 4, 1000))
        flags, seq, _, _ = self.receive()
        if flags & (SYN | ACK | RST) != SYN | ACK:
            sys.exit("no SYN-ACK but flags %#x" % flags)
        self.ack = seq + 1
        self.send(ACK, options=options)

    def ask(self, question, options, until_end):
        """The answer: a line, or all until the server's FIN."""
        self.send(ACK | PSH, question, options)
        answer = b""
        while True:
            flags, seq, _, data = self.receive()
            if flags & RST:
                sys.exit("RST from the server")
            if seq != self.ack % WRAP or not (data or flags & FIN):
                continue
            answer += data
            self.ack += len(data) + bool(flags & FIN)
            self.send(ACK)
            if flags & FIN or (not until_end and b"\n" in data):
                return answer.decode()

    def close(self):
        self.send(FIN | ACK)
        self.send(RST)


def wait_for_line(path, line, seconds=20.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with open(path) as file:
            if line in file:
                return
        time.sleep(0.02)
    sys.exit("never came: " + line)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ack", type=bytes.fromhex, default=b"")
    parser.add_argument("--data", type=bytes.fromhex, default=b"")
    parser.add_argument("--accepted")
    parser.add_argument("--again")
    parser.add_argument("--path")
    parser.add_argument("dev")
    parser.add_argument("mac", help="of the server")
    parser.add_argument("src")
    parser.add_argument("dst")
    parser.add_argument("port", type=int)
    args = parser.parse_args()
    conn = Conn(args)
    conn.open(args.ack)
    if args.accepted:
        wait_for_line(args.accepted, "accepted %s %d\n" % (args.src, conn.sport))
    question = b"who\n"
    if args.path:
        question = b"GET %s HTTP/1.0\r\n\r\n" % args.path.encode()
    answer = conn.ask(question, args.data, args.path)
    print(answer.split("\r\n\r\n")[-1], end="")
    if args.again:
        subprocess.run(args.again, shell=True, check=True)
        print(conn.ask(question, b"", False), end="")
    conn.close()


main()
