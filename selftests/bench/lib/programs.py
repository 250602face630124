# SPDX-License-Identifier: GPL-2.0
"""What programs get through: iperf3 and wrk, from a client by way of the director
to a real server."""
import cases
from section import Section, cell, ratio, spread

CPUS, SECONDS, CONNECTIONS = 2, 3, 16
PROGRAMS = {  # title, unit
    "iperf3_tcp": ("iperf3, TCP", "Mbit/s"),
    "iperf3_udp": ("iperf3, UDP, 1,400 bytes", "Mbit/s"),
    "wrk_keep": ("wrk, 64 bytes, keep-alive", "requests/s"),
    "wrk_close": ("wrk, 64 bytes, a connection each", "requests/s"),
}
TITLE = "Programs, end to end, IPv4"


def environment(balancers, rounds):
    return {"MGW_BENCH_BALANCERS": " ".join(balancers), "MGW_BENCH_PROGRAMS": " ".join(PROGRAMS),
            "MGW_BENCH_ROUNDS": str(rounds), "MGW_BENCH_SECONDS": str(SECONDS),
            "MGW_BENCH_CONNECTIONS": str(CONNECTIONS)}


def figure(runs, rounds):
    problem = next((run["problem"] for run in runs if "problem" in run), "")
    if problem or len(runs) != rounds:
        return {"problem": problem.replace("_", " ") or "%d results of %d" % (len(runs), rounds)}
    return spread([float(run["value"]) for run in runs])


def figures(balancers, got):
    rounds = max(map(len, got.values()), default=1)
    return {"%s.%s" % (balancer, program): figure(got.get("%s.%s" % (balancer, program), []), rounds)
            for program in PROGRAMS for balancer in balancers}


def sections(table):
    present = [b for b in cases.BALANCERS if any(name.startswith(b + ".") for name in table)]
    lines = []
    for program, (title, unit) in PROGRAMS.items():
        entries = {b: table["%s.%s" % (b, program)] for b in present}
        lines.append([title, unit] + [cell(entries[b]) for b in present] +
                     [ratio(entries, ours, "ipvs_nat") for ours in ("mgw", "mgw_ingress")])
    yield Section(TITLE, ["program", "unit"] + [cases.BALANCERS[b] for b in present] +
                  ["PRE_ROUTING / IPVS NAT", "ingress / IPVS NAT"], lines, 2)
