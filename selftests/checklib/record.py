# SPDX-License-Identifier: GPL-2.0
"""What steps came to: counted from their logs, remembered, and summed up."""
import glob
import json
import os
import re
import shutil
from typing import NamedTuple

CACHE_ROOT = os.path.abspath(
    os.environ.get("MGW_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "mgw"))
CACHE = os.path.join(CACHE_ROOT, "check")
KEPT = 20  # trees that are remembered
COUNTED = re.compile(r"^(\d+) passed, (\d+) failed$", re.M)
CTEST = re.compile(r"(\d+) tests failed out of (\d+)")
OK, NOT_OK = re.compile(r"^ok \d+", re.M), re.compile(r"^not ok \d+", re.M)
TELLING = re.compile(r"\bnot ok\b|FAIL|\berror\b|warning:")
BEFORE, LAST = 5, 15  # lines that are shown before a telling one; at the end when none is


class Result(NamedTuple):
    name: str
    passed: int
    failed: int
    seconds: float
    budget: int
    cpu: float = 0.0  # seconds of CPUs, of all its processes


def text_of(log):
    with open(log, errors="replace") as f:
        return f.read()


def counted(log, code):
    """(passed, failed) by a log: "N passed, N failed", ctest's summary, or KTAP lines."""
    text = text_of(log)
    if COUNTED.search(text):
        good, bad = map(int, COUNTED.findall(text)[-1])
    elif CTEST.search(text):
        bad, total = map(int, CTEST.findall(text)[-1])
        good = total - bad
    else:
        good, bad = len(OK.findall(text)), len(NOT_OK.findall(text))
        if good + bad == 0:
            good = int(code == 0)
    return good, max(bad, int(code != 0))


def telling(log):
    """The lines of a failed step's log that say why, and what stands before each."""
    lines = text_of(log).splitlines()
    shown = set()
    for number, line in enumerate(lines):
        if TELLING.search(line):
            shown.update(range(max(number - BEFORE, 0), number + 1))
    return [lines[number] for number in sorted(shown)] or lines[-LAST:]


def path_of(key, step):
    return os.path.join(CACHE, key, step.name + ".json")


def remember(key, step, result):
    path = path_of(key, step)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "w") as f:
        json.dump(result._asdict(), f)
    os.rename(path + ".new", path)
    trees = sorted(filter(os.path.isdir, glob.glob(CACHE + "/*")), key=os.path.getmtime)
    for old in trees[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def recall(key, step):
    try:
        with open(path_of(key, step)) as f:
            return Result(**json.load(f))._replace(budget=step.budget)
    except (OSError, ValueError, TypeError):
        return None


def made_path(logs, step):
    return os.path.join(logs, step.name + ".made")


def tell_made(logs, key, step):
    """What the step makes of these files is in the tree that the logs are of."""
    with open(made_path(logs, step), "w") as f:
        f.write(key)


def made_here(logs, key, step):
    try:
        return text_of(made_path(logs, step)) == key
    except OSError:
        return False


class Summary:
    def __init__(self, tier, commit, seconds, results):
        self.tier, self.commit, self.seconds, self.results = tier, commit, seconds, results
        self.passed = sum(result.passed for result in results)
        self.failed = sum(result.failed for result in results)

    def write(self, path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + ".new", "w") as f:
            json.dump({"tier": self.tier, "commit": self.commit, "seconds": self.seconds,
                       "passed": self.passed, "failed": self.failed,
                       "steps": [result._asdict() for result in self.results]}, f, indent=1)
            f.write("\n")
        os.rename(path + ".new", path)


def table(summary, width):
    """Seconds beside budgets, slowest first; what took longer than it may is loud."""
    yield ""
    yield "%-36s %9s %9s %9s" % ("step, slowest first", "seconds", "budget", "of a CPU")
    late = []
    for result in sorted(summary.results, key=lambda result: -result.seconds):
        over = result.seconds > result.budget
        late += [result.name] if over else []
        yield "%-36s %9.0f %9d %9.0f%s" % (result.name, result.seconds, result.budget, result.cpu,
                                          "  OVER BUDGET" if over else "")
    yield "%-36s %9d %9s %9.0f" % ("all, from start to end", summary.seconds, "",
                                   sum(result.cpu for result in summary.results))
    if late:
        yield ""
        yield "!" * (width - 1)
        for name in late:
            yield "!! %s took longer than selftests/steps allows" % name
        yield "!" * (width - 1)
    yield ""
