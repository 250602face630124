#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""Fetches URLs over many connections at once, one connection each, and checks
size and SHA-256. JSON on stdout; exit code 1 when a download failed."""
import argparse
import asyncio
import collections
import hashlib
import json
import re
import socket
import sys
import time

CHUNK = 1 << 18

parser = argparse.ArgumentParser()
parser.add_argument("--parallel", type=int, default=16)
parser.add_argument("--count", type=int, default=1, help="downloads of each URL")
parser.add_argument("--size", type=int, help="bytes each body must have")
parser.add_argument("--sha256", help="of each body")
parser.add_argument("--timeout", type=float, default=60, help="seconds for one download")
parser.add_argument("--ramp", type=float, default=0, help="seconds over which connections begin")
parser.add_argument("--bind", help="own address")
parser.add_argument("urls", nargs="+", metavar="URL")
args = parser.parse_args()

URL = re.compile(r"http://(\[[^]]+\]|[^/:]+)(?::(\d+))?(/.*)?$")
connect_ms = []
errors = collections.Counter()
bodies = collections.Counter()
received = 0


async def download(url):
    """One download; anything wrong with it is an exception."""
    global received
    loop = asyncio.get_running_loop()
    host, port, path = URL.match(url).groups()
    addr = host.strip("[]")
    with socket.socket(socket.AF_INET6 if ":" in addr else socket.AF_INET) as sock:
        sock.setblocking(False)
        if args.bind:
            sock.bind((args.bind, 0))
        start = time.monotonic()
        await loop.sock_connect(sock, (addr, int(port or 80)))
        connect_ms.append((time.monotonic() - start) * 1000)
        await loop.sock_sendall(sock, b"GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
                                % ((path or "/").encode(), host.encode()))
        head = b""
        while b"\r\n\r\n" not in head:
            got = await loop.sock_recv(sock, CHUNK)
            if not got:
                raise ValueError("ended in the header")
            head += got
        head, body = head.split(b"\r\n\r\n", 1)
        status = head.split(b"\r\n", 1)[0].decode(errors="replace")
        if " 200" not in status:
            raise ValueError(status)
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        wanted = args.size if args.size is not None else int(length[1]) if length else None
        digest = hashlib.sha256(body) if args.sha256 else None
        size = len(body)
        view = memoryview(bytearray(CHUNK))
        while got := await loop.sock_recv_into(sock, view):
            size += got
            if digest:
                digest.update(view[:got])
        received += size
        if wanted is not None and size != wanted:
            raise ValueError("%s body" % ("short" if size < wanted else "long"))
        if digest and digest.hexdigest() != args.sha256:
            raise ValueError("wrong sha256")
        if size < 64:
            bodies[body.decode(errors="replace").strip()] += 1


async def worker(queue, wait):
    await asyncio.sleep(wait)
    while queue:
        try:
            await asyncio.wait_for(download(queue.popleft()), args.timeout)
        except asyncio.TimeoutError:
            errors["timed out"] += 1
        except (OSError, ValueError) as error:
            errors[str(error)] += 1


async def main():
    queue = collections.deque(args.urls * args.count)
    total = len(queue)
    start = time.monotonic()
    workers = min(args.parallel, total)
    await asyncio.gather(*(worker(queue, args.ramp * n / workers) for n in range(workers)))
    seconds = time.monotonic() - start
    connect_ms.sort()

    def percentile(share):
        return round(connect_ms[min(int(len(connect_ms) * share), len(connect_ms) - 1)], 3) \
            if connect_ms else None

    failed = sum(errors.values())
    print(json.dumps({
        "total": total, "ok": total - failed, "failed": failed, "errors": errors,
        "bytes": received, "seconds": round(seconds, 3),
        "mbytes_per_second": round(received / seconds / 1e6, 2),
        "connect_ms": {"p50": percentile(.5), "p99": percentile(.99), "max": percentile(1)},
        "bodies": bodies}))
    return 1 if failed else 0


sys.exit(asyncio.run(main()))
