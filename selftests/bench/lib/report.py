# SPDX-License-Identifier: GPL-2.0
"""What a packet costs: from what the source answered to figures, and to tables."""
import statistics

import cases
from section import Section, cell, ratio, spread

NANOSECONDS = ("uml", "uml-newest")
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


def machine(got):
    """The kernel that was measured, and the least of its memory that was in huge pages."""
    return {"release": got["kernel"][0]["release"], "huge_mb": min(int(memory["huge_mb"]) for memory in got["memory"])}


def linux(table):
    """The kernel a meter ran on, as a column has it."""
    return ".".join(table.get("kernel", {}).get("release", "").split(".")[:2])


def problems(tables):
    return ["%s %s: %s" % (meter, name, entry["problem"])
            for meter, table in tables.items() for name, entry in table.items()
            if "problem" in entry]


def rows(table):
    """(family, kind, flows, {balancer: entry}) of a meter, in order."""
    found = {}
    for name, entry in table.items():
        if name.count(".") != 3:  # of the kernel, of a slab
            continue
        balancer, family, kind, flows = name.split(".")
        found.setdefault((int(family), list(cases.KINDS).index(kind), int(flows)), {})[balancer] = entry
    for family, kind, flows in sorted(found):
        yield family, list(cases.KINDS)[kind], flows, found[family, kind, flows]


def flows_word(kind, flows):
    if not cases.KINDS[kind].prime:
        return "new"
    return {cases.ONE: "1", cases.MANY: "64 k", cases.MOST: "1 M"}.get(flows, str(flows))


RATIOS = (("mgw", "ipvs_nat", "PRE_ROUTING / IPVS NAT"), ("mgw_ingress", "ipvs_nat", "ingress / IPVS NAT"),
          ("mgw_ingress", "nft_flowtable", "ingress / flowtable"),
          ("mgw_ingress", "forward", "ingress / forwarding"))


def measured(tables):
    """The balancers that any of some tables has."""
    return [b for b in cases.BALANCERS if any(name.startswith(b + ".") for table in tables for name in table)]


def grid(title, tables, words):
    """The same traffic on each kernel, one below the other; words(table) name it."""
    present = measured(tables)
    header = ["traffic", "IP", "flows"] + [head for head, _ in words] + [cases.BALANCERS[b] for b in present]
    header += [head for _, _, head in RATIOS]
    found = {}
    for number, table in enumerate(tables):
        for *key, entries in rows(table):
            found[key[0], list(cases.KINDS).index(key[1]), key[2], number] = entries
    lines = []
    for (family, kind, flows, number), entries in sorted(found.items(), key=lambda pair: pair[0]):
        kind = list(cases.KINDS)[kind]
        lines.append([cases.KINDS[kind].title, str(family), flows_word(kind, flows)] +
                     [named(tables[number]) for _, named in words] +
                     [cell(entries.get(b)) for b in present] +
                     [ratio(entries, ours, other) for ours, other, _ in RATIOS])
    return Section(title, header, lines, 3 + len(words))


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


def instructions(table):
    yield grid("Instructions per packet, stock kernel", [table], ())
    lines = [[cases.BALANCERS[b], str(f), str(s), str(p)] for b, f, s, p in bytes_each(table)]
    if lines:
        yield Section("Bytes of a session (conntrack: without extensions)",
                      ["balancer", "IP", "object", "with its share of the page"], lines, 2)


def nanoseconds(tables):
    yield grid("ns per packet, User-Mode Linux", tables, (("Linux", linux),))
    lines = [[cases.BALANCERS[b], str(f), linux(table), str(n)] for table in tables for b, f, n in per_second(table)]
    if lines:
        yield Section("Sessions set up and torn down in a second, one CPU",
                      ["balancer", "IP", "Linux", "sessions/s"], lines, 3)
