#!/usr/bin/python3 -ISB
# SPDX-License-Identifier: GPL-2.0
"""TCP echo server, both families, any number of connections: tcp_echo.py PORT.
A half-closed connection is echoed to its end. Says "ready" once it serves."""
import asyncio
import sys


async def echo(reader, writer):
    try:
        while data := await reader.read(262144):
            writer.write(data)
            await writer.drain()
    except ConnectionError as error:
        print(error, flush=True)
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(echo, None, int(sys.argv[1]), backlog=4096)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main())
