#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Runs the cases of segment_*.py with a raw TCP client through the balancer,
for one pair of families. A line "ok LABEL" or "not ok LABEL" for each, others
begin with "#", the last is "done COUNT". Topology and services: tcp_segments.sh."""
import argparse
import os
import sys
import time
import traceback

import segment_handshake
import segment_headers
import segment_paths
import segment_states
import segment_toa
from raw_tcp import Failed, Lab

parser = argparse.ArgumentParser()
parser.add_argument("--client", required=True, help="network namespaces of the three boxes")
parser.add_argument("--lb", required=True)
parser.add_argument("--rs", required=True)
parser.add_argument("--vip4", required=True)
parser.add_argument("--vip6", required=True)
parser.add_argument("--mgwadm", required=True)
parser.add_argument("--only", default="", help="names of cases, with commas")
parser.add_argument("pair", choices=Lab.PORTS, help="family of the client, of the rs if another")
args = parser.parse_args()


def one(lab, case):
    start = time.monotonic()
    lab.client.drain()
    lab.rs.drain()
    try:
        case(lab)
        word = "ok"
    except Failed as error:
        print("# " + str(error))
        word = "not ok"
    except Exception:
        print("\n".join("# " + line for line in traceback.format_exc().splitlines()))
        word = "not ok"
    print("%s %s" % (word, case.__doc__), flush=True)
    print("# %s took %.1f s" % (case.__name__, time.monotonic() - start), flush=True)


def main():
    # One CPU sends everything, so that it arrives in order.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    lab = Lab(args)
    cases = (segment_states.CASES + segment_headers.CASES + segment_paths.CASES +
             segment_toa.CASES)
    if args.pair in ("4", "64"):  # states know nothing of families
        cases = segment_handshake.CASES + cases
    if lab.base == 0:
        cases = cases + segment_toa.ONE_FAMILY
    if lab.outer == 6:
        cases = cases + segment_paths.ONLY_IPV6_CLIENT
    if lab.pair == "64":
        cases = cases + segment_paths.ONLY_IPV6_TO_IPV4
    if args.only:
        cases = [case for case in cases if case.__name__ in args.only.split(",")]
    for case in cases:
        one(lab, case)
    print("done %d" % len(cases))
    return 0


sys.exit(main())
