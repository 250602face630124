#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""Sends one datagram: udp_from.py SOURCE SPORT DEST DPORT TEXT. SPORT 0: any."""
import socket
import sys

source, sport, dest, dport, text = sys.argv[1:]
sock = socket.socket(socket.AF_INET6 if ":" in dest else socket.AF_INET, socket.SOCK_DGRAM)
sock.bind((source, int(sport)))
sock.sendto(text.encode(), (dest, int(dport)))
