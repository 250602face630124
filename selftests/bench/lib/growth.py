# SPDX-License-Identifier: GPL-2.0
"""What a growing table does to the longest burst: a million sessions, one by one."""
import cases
import report
from section import Section

KIND = "udp_new"
BURST = 64  # BURST of source/run.c
TITLE = "Longest burst of %d first packets on the way to a million sessions, instructions" % BURST


def case(balancer):
    return cases.Case(balancer, 4, KIND, cases.MOST)


def plan(balancers):
    lines = []
    for balancer in balancers:
        words = case(balancer).words(cases.MOST, 0)
        lines += ["setup %s 4" % balancer,
                  "send null.%s %s null=1" % (case(balancer).id(), words),
                  "send %s %s" % (case(balancer).id(), words), "end"]
    return "\n".join(lines) + "\n"


def figures(balancers, got):
    """{case id: {value, mean, ...} or {problem}}; the making of packets counted in."""
    table = report.figures([case(b) for b in balancers], got, "cycles")
    for name, entry in table.items():
        if "problem" not in entry:
            run = got[name][0]
            entry["mean"] = round(int(run["cycles"]) / int(run["sent"]) * BURST)
            entry["longest"] = int(run["longest"])
    return table


def line(name, entry):
    title = cases.BALANCERS[name.split(".")[0]]
    if "problem" in entry:
        return [title, "-", "-", "-"]
    return [title, "%.0f" % entry["value"], str(entry["mean"]), str(entry["longest"])]


def sections(table):
    yield Section(TITLE, ["balancer", "a session", "mean burst", "longest"],
                  [line(*pair) for pair in table.items()], 1)
