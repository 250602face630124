#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""Runs CMD and reads what it prints, slowly for as long as FILE is there, then as fast as
it comes: a download lasts for as long as a test wants. Prints "ready" when something has
come, the SHA-256 of all of it at the end; the exit code is CMD's."""
import argparse
import hashlib
import os
import signal
import subprocess
import sys
import time

PAUSE = 0.05


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--kbps", type=float, default=100, help="kB/s while FILE is there")
    p.add_argument("file", metavar="FILE")
    p.add_argument("cmd", nargs=argparse.REMAINDER, metavar="CMD")
    args = p.parse_args()
    child = subprocess.Popen(args.cmd, stdout=subprocess.PIPE)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    sum_of_all = hashlib.sha256()
    some = False
    while True:
        slowly = os.path.exists(args.file)
        data = os.read(child.stdout.fileno(), max(int(args.kbps * 1000 * PAUSE), 1) if slowly else 1 << 20)
        if not data:
            break
        if not some:
            print("ready", flush=True)
            some = True
        sum_of_all.update(data)
        if slowly:
            time.sleep(PAUSE)
    print(sum_of_all.hexdigest())
    return child.wait()


sys.exit(main())
