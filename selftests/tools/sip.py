#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""Reads stdin slowly for as long as FILE is there, then as fast as it comes; prints
the SHA-256 of all of it. So what comes through stdin lasts as long as a test wants."""
import argparse
import hashlib
import os
import sys
import time

PAUSE = 0.05


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--kbps", type=float, default=100, help="kB/s while FILE is there")
    p.add_argument("file", metavar="FILE")
    args = p.parse_args()
    sum_of_all = hashlib.sha256()
    while True:
        slowly = os.path.exists(args.file)
        data = os.read(sys.stdin.fileno(), max(int(args.kbps * 1000 * PAUSE), 1) if slowly else 1 << 20)
        if not data:
            break
        sum_of_all.update(data)
        if slowly:
            time.sleep(PAUSE)
    print(sum_of_all.hexdigest())


main()
