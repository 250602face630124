# SPDX-License-Identifier: GPL-2.0
"""What one script said: its KTAP lines, and what they add up to."""
import re

RESULT = re.compile(r"^(not )?ok\b(?:\s+\d+)?\s*(?:-\s*)?([^#]*)(?:#\s*(.*))?$")
PLAN = re.compile(r"^1\.\.(\d+)")
TOOK = re.compile(r"^# took (\d+) ms$")
SKIP_CODE = 4


class Script:
    def __init__(self, path, name, log, expect_all):
        self.path, self.name, self.log, self.expect_all = path, name, log, expect_all
        self.subtests = []
        self.planned = None
        self.seconds = 0.0
        self.problems = []
        self.result = "fail"
        self.stages = []  # (milliseconds, name), of those that said how long they took
        self.took = None

    def line(self, text):
        plan = PLAN.match(text)
        if plan:
            self.planned = int(plan[1])
            return
        took = TOOK.match(text)
        if took:
            self.took = int(took[1])
        found = RESULT.match(text)
        if found:
            directive = (found[3] or "").strip()
            self.add(found[2].strip(), not found[1], directive)
            if self.took is not None:
                self.stages.append((self.took, found[2].strip()))
            self.took = None

    def add(self, name, ok, directive=""):
        if self.expect_all and directive.upper().startswith("SKIP"):
            ok = False
        self.subtests.append({"name": name, "ok": ok, "directive": directive})

    def finish(self, code):
        """Judge the exit code and the runner's findings; make the books add up."""
        said_failed = any(not sub["ok"] for sub in self.subtests)
        missing = (self.planned or 0) - len(self.subtests)
        if missing > 0:
            self.problems.append("%d planned results are missing" % missing)
        if code not in (0, 1, SKIP_CODE):
            self.problems.append("ended with %s %d" % (("signal", -code) if code < 0
                                                       else ("exit code", code)))
        elif code == 0 and said_failed:
            self.problems.append("a subtest failed, yet the exit code is 0")
        elif code == 1 and self.subtests and not said_failed:
            self.problems.append("exit code 1, yet no subtest failed")
        skipped = code == SKIP_CODE and not said_failed
        if not self.subtests and not self.problems:
            self.add(self.name, code in (0, SKIP_CODE), "SKIP" if skipped else "")
        for problem in self.problems:
            self.add(problem, False)
        if any(not sub["ok"] for sub in self.subtests):
            self.result = "fail"
        else:
            self.result = "skip" if skipped else "pass"

    def died(self, why):
        self.problems.append(why)
        self.add(why, False)

    def counts(self):
        """(passed, failed, skipped)"""
        failed = sum(not sub["ok"] for sub in self.subtests)
        skipped = sum(sub["ok"] and sub["directive"].upper().startswith("SKIP")
                      for sub in self.subtests)
        return len(self.subtests) - failed - skipped, failed, skipped

    def record(self):
        return {"script": self.path, "result": self.result, "seconds": self.seconds,
                "subtests": self.subtests, "log": self.log}
