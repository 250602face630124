# SPDX-License-Identifier: GPL-2.0
"""The steps of the two tiers, from selftests/steps."""
import os
import shlex
from typing import NamedTuple

SELFTESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TIERS = ("check", "all")


class Wrong(Exception):
    """What is wrong with the table, or with a step that was asked for."""


class Step(NamedTuple):
    tier: str
    name: str
    budget: int    # seconds on two idle CPUs, caches warm
    needs: list    # names of steps that come before
    words: list    # what runs

    @property
    def what(self):
        """For people."""
        if self.words[0] == "vm":
            return "%s: %s" % (self.words[1], " ".join(self.words[3:]))
        return self.name

    def command(self, logs):
        """vm KERNEL CPUS SCRIPT... is short for a run of these scripts; kernel KIND for
        building or fetching that kernel, and our module for it."""
        runner = os.path.join(SELFTESTS, "vm/run")
        if self.words[0] == "kernel":
            return [runner, "--kernel", self.words[1], "--prepare"]
        if self.words[0] == "vm":
            kernel, cpus, *scripts = self.words[1:]
            return [runner, "--kernel", kernel, "--cpus", cpus, "--mem", "3072",
                    "--timeout", "1800", "--log-dir", os.path.join(logs, "vm-" + self.name),
                    *(os.path.join(SELFTESTS, script + ".sh") for script in scripts)]
        return self.words


def load(path=os.path.join(SELFTESTS, "steps")):
    found = []
    with open(path) as f:
        for number, line in enumerate(f, 1):
            words = shlex.split(line, comments=True)
            if not words:
                continue
            if len(words) < 5 or words[0] not in TIERS or not words[2].isdigit():
                raise Wrong("%s:%d: TIER NAME SECONDS NEEDS WORDS..." % (path, number))
            tier, name, budget, needs, *words = words
            step = Step(tier, name, int(budget), [] if needs == "-" else needs.split(","), words)
            if any(step.name == other.name for other in found):
                raise Wrong("%s:%d: a second step %s" % (path, number, name))
            missing = set(step.needs) - {other.name for other in found}
            if missing:
                raise Wrong("%s:%d: %s stands before what it needs, %s" % (path, number, name, *missing))
            found.append(step)
    return found


def chosen(all_steps, tier, names):
    """Those of a tier, or those named, each with what it needs."""
    by_name = {step.name: step for step in all_steps}
    unknown = [name for name in names if name not in by_name]
    if unknown:
        raise Wrong("there is no step %s (selftests/check --list)" % unknown[0])
    wanted = set(names or (step.name for step in all_steps if step.tier == tier))
    while True:
        more = wanted.union(*(by_name[name].needs for name in wanted))
        if more == wanted:
            return [step for step in all_steps if step.name in wanted]
        wanted = more
