#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""A server that echoes one byte and closes first, so that TIME_WAIT is its."""
import argparse
import asyncio
import socket

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
args = parser.parse_args()


async def serve(reader, writer):
    try:
        writer.write(await reader.readexactly(1))
        writer.write_eof()
        await reader.read(1)
    except (OSError, asyncio.IncompleteReadError):
        pass
    writer.close()


async def main():
    sock = socket.create_server(("::", args.port), family=socket.AF_INET6, dualstack_ipv6=True,
                                backlog=1024)
    server = await asyncio.start_server(serve, sock=sock)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main())
