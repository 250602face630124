#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Every test script is run by "make check", and each runs wherever it is meant to."""
import os
import re
import sys

import findings

SELFTESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(SELFTESTS, "checklib"), os.path.join(SELFTESTS, "vm/lib")]

import built  # noqa: E402
import steps  # noqa: E402

NO_TESTS = {"lib", "deps"}
# What lib.sh has for stages that native kernels cannot run.
PARTLY = re.compile("cpus_can_go|has_type_information")


def main():
    here = {name[:-3] for name in os.listdir(SELFTESTS) if name.endswith(".sh")} - NO_TESTS
    found = steps.load()
    run = {tier: set() for tier in steps.TIERS}
    for step in found:
        if step.words[0] == "vm":
            run[step.tier].update(step.words[3:])
    partly = {name for name in here if PARTLY.search(open(os.path.join(SELFTESTS, name + ".sh")).read())}
    kernels = {step.words[1] for step in found if step.words[0] == "kernel"}
    with open(os.path.join(SELFTESTS, "../Documentation/testing.rst")) as f:
        text = f.read()
    checks = {
        "every script is run by make check": here - run["check"],
        "every script of the steps exists": set().union(*run.values()) - here,
        "every script that leaves something to QEMU runs there, too":
            partly - {word for step in found if step.words[0] == "vm"
                      and not step.words[1].startswith("native") for word in step.words[3:]},
        "what is built here, and every kernel, is made by a step before those in a machine": {
            "%s: %s" % (step.name, need) for step in found if step.words[0] == "vm"
            for need in {"build", "kernel-" + built.config_of(step.words[1])} - {"kernel-stock"} - set(step.needs)},
        "every script is in Documentation/testing.rst": here - set(re.findall(r"``(\w+)\.sh``", text)),
        "every kernel is in Documentation/testing.rst":
            {kernel for kernel in kernels if "``%s``" % kernel not in text},
    }
    return findings.report({name: sorted(wrong) for name, wrong in checks.items()})


sys.exit(main())
