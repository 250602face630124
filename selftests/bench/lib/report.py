# SPDX-License-Identifier: GPL-2.0
"""What a packet costs: from what the source answered to figures, and to tables."""
import statistics

import cases
from section import Section, cell, ratio, spread

UNITS = {"icount": "instructions", "uml": "ns"}
WHAT = {"icount": "Instructions per packet, stock kernel", "uml": "ns per packet, User-Mode Linux"}
PER_SESSION = ("open", "life")


def turns_of(case, got):
    sent = int(got["sent"])
    return sent / len(cases.KINDS[case.kind].steps)


def one(case, got, null, word):
    """Per packet, or per session where a turn is one; making it is subtracted."""
    return (int(got[word]) - int(null[word])) / turns_of(case, got)


def clock(got):
    """Nanoseconds of a cycle; both clocks ran over the same bursts."""
    runs = [run for runs in got.values() for run in runs if "cycles" in run]
    return sum(int(r["ns"]) for r in runs) / sum(int(r["cycles"]) for r in runs)


def figures(which, got, word, unit=1.0):
    """{case id: {value, low, high, source} or {problem}}"""
    table = {}
    for case in which:
        name = case.id()
        if name not in got:
            name = next((n for n in got if n.startswith(name.rsplit(".", 1)[0] + ".")
                         and not cases.KINDS[case.kind].prime), name)
        runs, nulls = got.get(name, []), got.get("null." + name, [])
        if not runs or len(runs) != len(nulls):
            table[case.id()] = {"problem": "no result"}
            continue
        problem = next(filter(None, (cases.wrong(case, run) for run in runs)), "")
        if problem:
            table[case.id()] = {"problem": problem}
            continue
        values = [unit * one(case, run, null, word) for run, null in zip(runs, nulls)]
        table[case.id()] = {
            **spread(values),
            "source": round(unit * statistics.median(int(n[word]) for n in nulls)
                            / turns_of(case, runs[0]), 1),
            "interrupted": sum(int(r["interrupted"]) for r in runs + nulls)}
    return table


def slabs(table, got):
    """Bytes of one session, its share of the slab's pages counted in."""
    for name, answers in got.items():
        if name.startswith("slab."):
            a = answers[0]
            table[name] = {"object": int(a["bytes"]),
                           "value": int(a["pages"]) * 4096 // int(a["per_slab"])}


def problems(tables):
    return ["%s %s: %s" % (meter, name, entry["problem"])
            for meter, table in tables.items() for name, entry in table.items()
            if "problem" in entry]


def value(table, *case):
    return table.get(cases.Case(*case).id(), {}).get("value")


def rows(table):
    """(family, flows, kind, {balancer: entry}) of a meter, in order."""
    found = {}
    for name, entry in table.items():
        if name.startswith("slab."):
            continue
        balancer, family, kind, flows = name.split(".")
        found.setdefault((int(family), list(cases.KINDS).index(kind), int(flows)), {})[balancer] = entry
    for family, kind, flows in sorted(found):
        yield family, list(cases.KINDS)[kind], flows, found[family, kind, flows]


def flows_word(kind, flows):
    if not cases.KINDS[kind].prime:
        return "new"
    return {cases.ONE: "1", cases.MANY: "64 k", cases.MOST: "1 M"}.get(flows, str(flows))


def grid(meter, table):
    """Header and lines of one meter's table, as words."""
    present = [b for b in cases.BALANCERS if any(name.startswith(b + ".") for name in table)]
    header = ["traffic", "IP", "flows"] + [cases.BALANCERS[b] for b in present]
    header += ["MGW / forwarding", "MGW / IPVS NAT"]
    lines = []
    for family, kind, flows, entries in rows(table):
        lines.append([cases.KINDS[kind].title, str(family), flows_word(kind, flows)] +
                     [cell(entries.get(b), meter == "uml") for b in present] +
                     [ratio(entries, "mgw", "forward"), ratio(entries, "mgw", "ipvs_nat")])
    return header, lines


def per_second(table):
    """(balancer, family, sessions set up and torn down in a second)"""
    for name, entry in table.items():
        if ".life." in name and not name.startswith("forward.") and entry.get("value", 0) > 0:
            balancer, family = name.split(".")[:2]
            yield balancer, int(family), round(1e9 / entry["value"])


def bytes_each(table):
    for name, entry in table.items():
        if name.startswith("slab."):
            _, balancer, family = name.split(".")
            yield balancer, int(family), entry["object"], entry["value"]


def sections(meter, table):
    header, lines = grid(meter, table)
    yield Section(WHAT[meter], header, lines)
    if meter == "uml":
        title = "Sessions set up and torn down in a second, one CPU"
        header = ["balancer", "IP", "sessions/s"]
        lines = [[cases.BALANCERS[b], str(f), str(n)] for b, f, n in per_second(table)]
    else:
        title = "Bytes of a session (conntrack: without extensions)"
        header = ["balancer", "IP", "object", "with its share of the page"]
        lines = [[cases.BALANCERS[b], str(f), str(s), str(p)] for b, f, s, p in bytes_each(table)]
    if lines:
        yield Section(title, header, lines, 2)
