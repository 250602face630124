#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""clang-tidy over userspace/, but for its tests; after "selftests/unit/run userspace".

Most checks look at the headers that each source includes, for nine tenths of their time:
for them all sources of a directory that are compiled alike are one. The analyzer follows
functions of the source itself: each has it alone, and the warnings of clang.

What was clean is not looked at again until one of its inputs changes: the stamp, kept for
all checkouts, is a hash of all of them, the rules and the linter. The compiler's own list
of them is what it wrote while building.
"""
import concurrent.futures
import glob
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from typing import NamedTuple

HERE = os.path.dirname(os.path.realpath(__file__))
REPO = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "checklib"))

import record  # noqa: E402

BUILD = os.path.join(REPO, "build/userspace")
UNITS = os.path.join(REPO, "build/tidy")
STAMPS = os.path.join(record.CACHE_ROOT, "tidy")
RULES = os.path.join(REPO, "userspace/.clang-tidy")
KEPT_DAYS = 60
OURS = r"/userspace/.*\.hpp$"
OF_HEADERS = "-clang-analyzer-*"
OF_EACH = "-*,clang-analyzer-*,clang-diagnostic-*"


class NotBuilt(Exception):
    """A source of which the compiler's list of inputs is missing."""


def groups():
    """{(directory, options): [(source, where it was compiled, its object)]}, but tests."""
    found = {}
    with open(os.path.join(BUILD, "compile_commands.json")) as f:
        for entry in json.load(f):
            source = entry["file"]
            if not source.startswith(REPO + "/userspace/") or "tests" in source.split("/"):
                continue
            words = shlex.split(entry["command"])
            at = words.index("-o")
            found.setdefault((os.path.dirname(source), tuple(words[1:at])), []).append(
                (source, entry["directory"], words[at + 1]))
    return found


def inputs(directory, made):
    """The files that an object was made from, as its compiler listed them."""
    made = os.path.join(directory, made) + ".d"
    try:
        with open(made) as f:
            names = f.read().partition(":")[2].replace("\\\n", " ").split()
    except OSError as error:
        raise NotBuilt("%s: not built, so its inputs are not known" % made) from error
    return {os.path.normpath(os.path.join(directory, name)) for name in names}


class Job(NamedTuple):
    directory: str
    options: tuple  # of the compiler
    sources: list
    checks: str     # on top of the rules

    @property
    def name(self):
        where = os.path.relpath(self.directory, REPO)
        if self.checks == OF_EACH:
            return os.path.join(where, os.path.basename(self.sources[0][0])) + ", analyzed"
        return "%s, %d sources" % (where, len(self.sources))


def jobs():
    """The ones that take longest first."""
    found = groups().items()
    for (directory, options), sources in sorted(found, key=lambda group: -len(group[1])):
        yield Job(directory, (*options, "-w"), sources, OF_HEADERS)
    for key, sources in found:
        for source in sources:
            yield Job(*key, [source], OF_EACH)


def key_of(job, rules):
    files = set().union(*(inputs(directory, made) for _, directory, made in job.sources))
    key = hashlib.sha256(rules)
    for word in [job.checks, *job.options, *sorted(files)]:
        key.update(word.replace(REPO, "").encode() + b"\0")
    for path in sorted(files):
        with open(path, "rb") as f:
            key.update(f.read())
    return key.hexdigest()[:32]


class Unit:
    """One source that is several, one after the other: what is included is not analyzed."""

    def __init__(self, path, sources):
        self.path = path
        self.lines = []  # of each line of it, the source and the line there
        with open(path, "w") as unit:
            for source in sources:
                with open(source) as f:
                    for number, line in enumerate(f, 1):
                        unit.write(line)
                        self.lines.append("%s:%d" % (os.path.relpath(source, REPO), number))

    def by_source(self, text):
        """What was said about the unit, said about the sources."""
        return re.sub(re.escape(self.path) + r":(\d+)",
                      lambda found: self.lines[int(found[1]) - 1], text)


def tidy(job, rules):
    """True when clean, or known to be."""
    key = key_of(job, rules)
    stamp = os.path.join(STAMPS, key)
    if os.path.exists(stamp):
        return True
    start = time.monotonic()
    unit = Unit(os.path.join(UNITS, key + ".cpp"), [source for source, _, _ in job.sources])
    run = subprocess.run(["nice", "clang-tidy", "--quiet", "--warnings-as-errors=*",
                          "--config-file=" + RULES, "--checks=" + job.checks,
                          "--header-filter=" + OURS, unit.path, "--", "-iquote", job.directory,
                          *job.options],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    os.unlink(unit.path)
    print("%s# %s: %.0f s" % (unit.by_source(run.stdout), job.name, time.monotonic() - start),
          flush=True)
    if run.returncode == 0:
        with open(stamp, "w"):
            pass
    return run.returncode == 0


def main():
    os.makedirs(STAMPS, exist_ok=True)
    os.makedirs(UNITS, exist_ok=True)
    old = time.time() - KEPT_DAYS * 86400
    for stamp in glob.glob(STAMPS + "/*"):
        if os.path.getmtime(stamp) < old:
            os.unlink(stamp)
    with open(RULES, "rb") as f:
        rules = f.read() + subprocess.run(["clang-tidy", "--version"], check=True,
                                          stdout=subprocess.PIPE).stdout
    todo = list(jobs())
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        clean = list(pool.map(lambda job: tidy(job, rules), todo))
    looked_at = sum(job.checks == OF_EACH for job in todo)
    print("# %d sources" % looked_at)
    return 0 if all(clean) and looked_at > 20 else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (NotBuilt, OSError) as error:
        sys.exit("tidy: %s" % error)
