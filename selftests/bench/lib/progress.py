# SPDX-License-Identifier: GPL-2.0
"""Runs a guest; shows how far it is and keeps all it says in a log."""
import os
import re
import subprocess
import sys
import threading

import built

STEP = re.compile(r"^(?:# )*(\d+ s: .*)")


def command(meter, steps, words, log, timeout=None, look=lambda process: None, **more):
    """A line of output such as "# 12 s: mgw, IPv4" is one of so many steps; at each one
    look() may see what became of the process."""
    with open(log, "w") as out, \
            subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             errors="replace", **more) as process:
        alarm = threading.Timer(timeout, process.kill) if timeout else None
        if alarm:
            alarm.start()
        try:
            for _ in follow(meter, steps, process.stdout, out):
                look(process)
        except BaseException:
            process.terminate()  # by its own way down: it has a machine to end
            raise
        finally:
            if alarm:
                alarm.cancel()
    if process.returncode:
        with open(log, errors="replace") as f:
            tail = "".join(f.readlines()[-15:])
        raise built.Failed("%s: exit code %d\n%s(%s)"
                           % (os.path.basename(words[0]), process.returncode, tail, log))


def follow(meter, steps, lines, out):
    """Yields after each step."""
    done = 0
    for line in lines:
        out.write(line)
        out.flush()
        step = STEP.match(line)
        if step:
            done += 1
            print("bench: %s %d/%d, %s" % (meter, done, steps, step[1].rstrip()), file=sys.stderr, flush=True)
            yield
