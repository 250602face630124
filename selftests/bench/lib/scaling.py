# SPDX-License-Identifier: GPL-2.0
"""What several CPUs forward at once: the source on each, with flows of its own."""
import cases
from section import Section, cell, ratio, spread

KINDS = ("udp_client", "udp_rs", "tcp_client", "syn")
COUNTS = (1, 2, 4)
CPUS = max(COUNTS)
FLOWS, TURNS, NEW = 1 << 12, 1 << 14, 1 << 13  # of each CPU
TITLE = "Thousands of packets per second, all CPUs together, IPv4"


def identity(balancer, kind, cpus):
    return "%s.%s.%d" % (balancer, kind, cpus)


def plan(balancers):
    """One round; all counts of CPUs use the same flows of the first CPUs."""
    lines = []
    for balancer in balancers:
        layout = cases.Layout()
        lines.append("setup %s 4" % balancer)
        for kind in KINDS:
            prime = cases.KINDS[kind].prime
            if not prime or prime in layout.primed:
                continue
            first = layout.primed[prime] = layout.take(FLOWS * CPUS)
            words = cases.Case(balancer, 4, kind, FLOWS).words(FLOWS, first).split(" ", 1)[1]
            lines.append("send prime.%s.%s steps=%s learn=1 cpus=%d %s" % (balancer, kind, prime, CPUS, words))
        lines.append("settle")
        for kind in KINDS:
            prime = cases.KINDS[kind].prime
            for cpus in COUNTS:
                if prime:
                    words = cases.Case(balancer, 4, kind, FLOWS).words(TURNS, layout.primed[prime])
                else:
                    words = cases.Case(balancer, 4, kind, NEW).words(NEW, layout.take(NEW * CPUS))
                name = identity(balancer, kind, cpus)
                lines.append("send null.%s %s cpus=%d null=1" % (name, words, cpus))
                lines.append("send %s %s cpus=%d" % (name, words, cpus))
        lines.append("end")
    return "\n".join(lines) + "\n"


def figure(runs):
    return spread([1e6 * int(run["together"]) / int(run["span"]) for run in runs])


def figures(balancers, got):
    """{id: {value, low, high} or {problem}}; "source.KIND.CPUS" is the source alone."""
    table = {}
    for kind in KINDS:
        for cpus in COUNTS:
            nulls = []
            for balancer in balancers:
                name = identity(balancer, kind, cpus)
                case = cases.Case(balancer, 4, kind, FLOWS)
                runs = got.get(name, [])
                nulls += got.get("null." + name, [])
                problem = "" if runs else "no result"
                problem = problem or next(filter(None, (cases.wrong(case, run) for run in runs)), "")
                table[name] = {"problem": problem} if problem else figure(runs)
            if nulls:
                table[identity("source", kind, cpus)] = figure(nulls)
    return table


def sections(table):
    titles = {"source": "source alone", **cases.BALANCERS}
    present = [b for b in titles if any(name.startswith(b + ".") for name in table)]
    lines = []
    for kind in KINDS:
        for cpus in COUNTS:
            entries = {b: table[identity(b, kind, cpus)] for b in present}
            flows = "4 k each" if cases.KINDS[kind].prime else "new"
            lines.append([cases.KINDS[kind].title, str(cpus), flows] +
                         [cell(entries[b]) for b in present] +
                         [ratio(entries, ours, "ipvs_nat") for ours in ("mgw", "mgw_ingress")])
    yield Section(TITLE, ["traffic", "CPUs", "flows"] + [titles[b] for b in present] +
                  ["PRE_ROUTING / IPVS NAT", "ingress / IPVS NAT"], lines)
