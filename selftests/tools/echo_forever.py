#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""Holds connections to an echo server and sends a byte on each every 100 ms,
which must come back in order. Says "ready", and on SIGUSR1 a report: how many
connections broke, how many did not get another byte back, how many bytes came
back, and the longest wait for one."""
import argparse
import asyncio
import json
import os
import signal
import socket
import time

parser = argparse.ArgumentParser()
parser.add_argument("--count", type=int, default=50)
parser.add_argument("--interval", type=float, default=0.1, help="seconds")
parser.add_argument("addr")
parser.add_argument("port", type=int)
args = parser.parse_args()

# Seconds for a byte. The runner says how slow a machine may be.
PATIENCE = 20 * int(os.environ.get("MGW_SLOW", 1))
broken = []
echoed = []  # of each connection
longest = 0.0


async def keep(number):
    global longest
    try:
        reader, writer = await asyncio.open_connection(args.addr, args.port)
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        value = number
        opened.release()
        while True:
            value = (value + 1) % 256
            start = time.monotonic()
            writer.write(bytes([value]))
            got = await asyncio.wait_for(reader.readexactly(1), PATIENCE)
            if got[0] != value:
                raise OSError(f"wrong byte on connection {number}")
            echoed[number] += 1
            longest = max(longest, time.monotonic() - start)
            await asyncio.sleep(args.interval)
    except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError) as error:
        broken.append(f"{type(error).__name__}: {error}")
        opened.release()


async def report():
    """Once a byte has come back on each."""
    before = list(echoed)
    start = time.monotonic()

    def silent():
        return sum(new == old for new, old in zip(echoed, before))

    while silent() > len(broken) and time.monotonic() < start + PATIENCE:
        await asyncio.sleep(0.02)
    print("report", json.dumps({"broken": len(broken), "why": sorted(set(broken)),
                                "silent": silent(), "echoed": sum(echoed),
                                "longest_ms": round(longest * 1000)}), flush=True)


async def reports(asked):
    while True:
        await asked.wait()
        asked.clear()
        await report()


async def main():
    global opened, echoed
    opened = asyncio.Semaphore(0)
    echoed = [0] * args.count
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, asked.set)
    reporter = asyncio.create_task(reports(asked))
    tasks = [asyncio.create_task(keep(number)) for number in range(args.count)]
    for _ in tasks:
        await opened.acquire()
    print("ready", flush=True)
    await asyncio.gather(*tasks, reporter)


asyncio.run(main())
