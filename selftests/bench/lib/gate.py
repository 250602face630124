# SPDX-License-Identifier: GPL-2.0
"""The gate: instruction counts of this tree against those committed."""
import json
import os
import re

import cases
import meters
import report

import kernels  # found by way of meters

BASELINE = os.path.join(meters.BENCH, "baseline.json")
LIMIT = 2.0  # percent
# The host answers these with an RST, whose price differs by 282 instructions from one
# boot to the next.
LIMITS = {"unknown": 5.0}
FLOWS = 1024
# Hash keys are drawn anew in each namespace; the fewest instructions of so many
# namespaces are those without an unlucky collision.
ROUNDS = 3
KINDS = ("udp_client", "udp_rs", "tcp_client", "tcp_rs", "udp_new", "syn", "life", "unknown", "not_ours")


def measured():
    which = cases.cases(["forward"], [4], ["udp_client"], [FLOWS])
    which += cases.cases(["mgw", "mgw_ingress"], [4, 6], KINDS, [FLOWS])
    got = meters.icount(cases.plan(which, FLOWS, FLOWS) * ROUNDS, 600)
    table = report.figures(which, got, "cycles")
    problems = report.problems({"icount": table})
    if problems:
        raise meters.Failed("\n".join(problems))
    return {name: entry["low"] for name, entry in table.items()}


def title(name):
    balancer, family, kind, _ = name.split(".")
    return "%s, IPv%s, %s" % (cases.BALANCERS[balancer], family, cases.KINDS[kind].title)


def renew(kernel, now):
    with open(BASELINE, "w") as f:
        json.dump({"kernel": kernel, "instructions": now}, f, indent=1, sort_keys=True)
        f.write("\n")
    print("%d figures written to %s" % (len(now), os.path.relpath(BASELINE, meters.REPO)))
    return 0


def compare(old, now):
    """KTAP, a line for each row; returns how many failed."""
    names = sorted(set(old) | set(now))
    print("TAP version 13\n1..%d" % len(names))
    failed = 0
    for number, name in enumerate(names, 1):
        if name not in old or name not in now:
            failed += 1
            print("not ok %d %s: is in %s only" % (number, title(name),
                  "the measurement" if name in now else "the baseline"))
            continue
        change = 100 * (now[name] - old[name]) / old[name]
        good = change <= LIMITS.get(name.split(".")[2], LIMIT)
        failed += not good
        print("%s %d %s: %.1f instructions, were %.1f (%+.2f %%)" % (
            "ok" if good else "not ok", number, title(name), now[name], old[name], change))
        if change < -LIMIT:
            print("# better than the baseline: selftests/bench/run --renew-baseline keeps it so")
    if failed:
        print("# more than +%g %% over the baseline. When that is the price of a feature, say so in\n"
              "# the commit and renew it: selftests/bench/run --renew-baseline" % LIMIT)
    print("%d passed, %d failed" % (len(names) - failed, failed))
    return failed


def series(release):
    """A kernel's name without the number of its update."""
    return re.sub(r"-\d+-", "-", release)


def run(renewing):
    kernel = kernels.stock(meters.REPO).release
    now = measured()
    if renewing:
        return renew(kernel, now)
    with open(BASELINE) as f:
        baseline = json.load(f)
    if series(baseline["kernel"]) != series(kernel):
        print("1..1\nnot ok 1 the baseline is for %s, this is %s: renew it on this tree's parent\n"
              "0 passed, 1 failed" % (baseline["kernel"], kernel))
        return 1
    if baseline["kernel"] != kernel:
        print("# measured on %s, the baseline on %s: plain forwarding, the first row, says\n"
              "# whether the two can be compared" % (kernel, baseline["kernel"]))
    return 1 if compare(baseline["instructions"], now) else 0
